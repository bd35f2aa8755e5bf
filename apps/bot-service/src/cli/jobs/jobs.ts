import { JobQueueError, type OperatorDesk } from "@shoal/job-queue";
import { FleetError, isFleetError } from "@shoal/kernel";
import { type Environment, processEnvironment } from "../../config.ts";
import { auditBody, jobBody, summaryBody } from "../../http/job-bodies.ts";
import { isAlive } from "../is-alive.ts";
import { onStopSignal } from "../stop-signal.ts";
import type { Answer } from "./answer.ts";
import { type JobsCommand, readJobsCommand } from "./command-line.ts";
import { drawAudit, drawDepths, drawJob, drawJobs, drawLetters, letterBody } from "./jobs-view.ts";
import { ACTOR, openJobs } from "./open-jobs.ts";
import { type Outside, runPass } from "./run-pass.ts";

const HELP = `Usage: bun run shoal jobs <command> [options]

Jobs of shoal.jobs and messages of pgmq: in the database of DATABASE_URL, or without that in the one of the daemon running
on SHOAL_DIRECTORY (.shoal). With DATABASE_URL no daemon need be running. Every deed is kept in the audit. For queues of a
fleet file set FLEET_CONFIG as the daemon has it.

Commands
  list [--status pending|running|completed|dead] [--type t] [--limit 20] [--before id]
                                 the newest first
  show <id>                      one job with its payload, also from the archive
  retry <id>                     due at once, with all attempts before it if it was dead
  cancel <id>                    out of line, or out of its worker's hands, into the archive
  redrive [--type t] [--limit 100]
                                 dead jobs back into line, the oldest first
  redrive --queue q [--limit 100]
                                 the same for the dead letters of a pgmq queue
  run [--batch 25]               one pass in this process: takes what is due, jobs and messages, and does it. Set
                                 FLEET_CONFIG, CALENDAR_FEED_URL and ALERT_WEBHOOK_URLS as the daemon has them: nothing
                                 is run while a job is due that nobody handles here; queues of no handler are left alone
  enqueue <type> [--payload JSON|@file] [--delay 10m] [--priority 0] [--max-attempts 5] [--unique-key k]
                                 adds a job of a type that the fleet file or the daemon handles; --priority=-5 for less;
                                 none while one of the unique key is pending or running
  depths                         how much is in line (also: queues)
  letters [--queue q] [--limit 20] [--before id]
                                 why messages of pgmq queues are dead, and whether they were put back; the newest first
  audit [--job id] [--limit 20] [--before id]
                                 failed attempts, rescues and deeds, the newest first

Options
  --json        JSON in one line, as the HTTP API answers
  -h, --help    this text

Ctrl-C in a run gives back what is not done; a second one ends it at once.

Exit code 1 when it failed or was interrupted, 2 for a wrong command line or configuration.
`;

/** `shoal jobs`. */
export async function jobs(args: string[]): Promise<number> {
  const { command, isJson } = readJobsCommand(args);
  if (command.kind === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  const outside: Outside = {
    onStop: () => onStopSignal().requested,
    showProgress: (line) => void (!isJson && process.stderr.isTTY === true && process.stderr.write(line)),
  };
  const answer = await answerJobs(command, processEnvironment(), outside);
  process.stdout.write(isJson ? `${JSON.stringify(answer.json)}\n` : answer.text);
  return answer.exitCode ?? 0;
}

/** Opens the jobs of that environment, does what is asked, and closes them again. */
export async function answerJobs(command: Asked, env: Environment, outside: Outside): Promise<Answer> {
  await using opened = await openJobs(env, isAlive, command.kind);
  try {
    return await (command.kind === "run" ? runPass(opened, command, outside) : carryOut(opened.desk, command));
  } catch (thrown) {
    throw withoutSchema(thrown) ?? ofNoType(thrown, opened.types) ?? thrown;
  }
}

type Asked = Exclude<JobsCommand, { readonly kind: "help" }>;
type Deed = Exclude<Asked, { readonly kind: "run" }>;

async function carryOut(desk: OperatorDesk, command: Deed): Promise<Answer> {
  switch (command.kind) {
    case "list": {
      const { kind: _, ...filter } = command;
      const found = await desk.list(filter);
      return { text: drawJobs(found), json: { jobs: found.map(summaryBody) } };
    }
    case "show": {
      const job = await desk.show(command.id);
      if (!job) throw new JobQueueError("JOB_UNKNOWN", `There is no job ${command.id}.`);
      return { text: drawJob(job), json: jobBody(job) };
    }
    case "retry":
    case "cancel": {
      const job = await desk[command.kind](ACTOR, command.id);
      return { text: drawJob(job), json: jobBody(job) };
    }
    case "redrive": {
      const { type, queue, limit } = command;
      const about = { limit, ...(type === undefined ? {} : { type }) };
      const count = await (queue === undefined ? desk.redrive(ACTOR, about) : desk.redriveQueue(ACTOR, queue, limit));
      const what = `${queue === undefined ? "job" : "message"}${count === 1 ? "" : "s"}`;
      return { text: `${count} ${what} back in line\n`, json: { count } };
    }
    case "enqueue": {
      const { id, isNew } = await desk.enqueue(ACTOR, command.job);
      const text = isNew ? `job ${id}\n` : `job ${id} of that unique key was there already\n`;
      return { text, json: { id, is_new: isNew } };
    }
    case "depths": {
      const { counts, depths } = await desk.figures();
      return { text: drawDepths(counts, depths), json: { jobs: counts, queues: depths } };
    }
    case "letters": {
      const { kind: _, ...filter } = command;
      const found = await desk.letters(filter);
      return { text: drawLetters(found), json: { letters: found.map(letterBody) } };
    }
    case "audit": {
      const { kind: _, ...filter } = command;
      const records = await desk.audit(filter);
      return { text: drawAudit(records), json: { records: records.map(auditBody) } };
    }
  }
}

/** No such schema, table or function. @source https://www.postgresql.org/docs/current/errcodes-appendix.html */
const NOT_THERE = new Set(["3F000", "42P01", "42883"]);

function withoutSchema(thrown: unknown): FleetError | undefined {
  if (!isFleetError(thrown, "STORE_QUERY") || !NOT_THERE.has(String(thrown.details["sqlstate"]))) return undefined;
  const message = "this database has no jobs yet: start the daemon on it once, which applies the migrations";
  return new FleetError("CLI_NO_SCHEMA", message, { cause: thrown });
}

function ofNoType(thrown: unknown, types: readonly string[]): JobQueueError | undefined {
  if (!isFleetError(thrown, "JOB_TYPE_UNKNOWN")) return undefined;
  const message = `nobody handles jobs of that type with FLEET_CONFIG and CALENDAR_FEED_URL as they are set here, only of ${types.join(", ")}`;
  return new JobQueueError("JOB_TYPE_UNKNOWN", message, { cause: thrown });
}
