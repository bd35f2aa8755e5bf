import type { Command } from "@shoal/command-line";
import { type AuditedJobAdmin, JobQueueError } from "@shoal/job-queue";
import { FleetError, isFleetError } from "@shoal/kernel";
import { isAlive } from "../../backend/adapters/is-alive.ts";
import { type Environment, processEnvironment } from "../../config.ts";
import { bodyOf } from "../../http/body-of.ts";
import { auditRecord, job, jobSummary } from "../../http/job-bodies.ts";
import { type Answer, giveAnswer } from "../answer.ts";
import type { Exit } from "../exit-code.ts";
import { onStopSignal } from "../stop-signal.ts";
import { createJobsCommand, type JobsCommand } from "./command-line.ts";
import { deadLetterBody, drawAudit, drawDeadLetters, drawDepths, drawJob, drawJobs } from "./jobs-view.ts";
import { ACTOR, openJobs } from "./open-jobs.ts";
import { type Outside, runPass } from "./run-pass.ts";

/** Makes `shoal jobs`. */
export function jobsCommand(exit: Exit): Command {
  return createJobsCommand(async (command, isJson) => {
    const outside: Outside = {
      onStop: () => onStopSignal().requested,
      showProgress: (line) => void (!isJson && process.stderr.isTTY === true && process.stderr.write(line)),
    };
    const answer = await answerJobs(command, processEnvironment(), outside);
    giveAnswer(answer, isJson, exit);
  });
}

/** Opens the jobs of that environment, runs the command and closes them again. */
export async function answerJobs(command: JobsCommand, env: Environment, outside: Outside): Promise<Answer> {
  await using opened = await openJobs(env, isAlive, command.kind);
  try {
    return await (command.kind === "run" ? runPass(opened, command, outside) : carryOut(opened.admin, command));
  } catch (thrown) {
    throw withoutSchema(thrown) ?? ofNoType(thrown, opened.types) ?? thrown;
  }
}

type Deed = Exclude<JobsCommand, { readonly kind: "run" }>;

async function carryOut(admin: AuditedJobAdmin, command: Deed): Promise<Answer> {
  switch (command.kind) {
    case "list": {
      const { kind: _, ...filter } = command;
      const { jobs, next } = await admin.list(filter);
      const more =
        next !== null && jobs.length < filter.limit ? `older ones were not looked at: --before ${next}\n` : "";
      return { text: drawJobs(jobs) + more, json: { jobs: jobs.map((view) => bodyOf(jobSummary, view)), next } };
    }
    case "show": {
      const view = await admin.show(command.id);
      if (!view) throw new JobQueueError("JOB_UNKNOWN", `There is no job ${command.id}.`);
      return { text: drawJob(view), json: bodyOf(job, view) };
    }
    case "retry":
    case "cancel": {
      const view = await admin[command.kind](ACTOR, command.id);
      return { text: drawJob(view), json: bodyOf(job, view) };
    }
    case "redrive": {
      const { type, queue, limit } = command;
      const about = { limit, ...(type === undefined ? {} : { type }) };
      const count = await (queue === undefined ? admin.redrive(ACTOR, about) : admin.redriveQueue(ACTOR, queue, limit));
      const what = `${queue === undefined ? "job" : "message"}${count === 1 ? "" : "s"}`;
      return { text: `${count} ${what} back in line\n`, json: { count } };
    }
    case "enqueue": {
      const { id, isNew } = await admin.enqueue(ACTOR, command.job);
      const text = isNew ? `job ${id}\n` : `job ${id} of that unique key was there already\n`;
      return { text, json: { id, is_new: isNew } };
    }
    case "depths": {
      const { counts, depths } = await admin.figures();
      return { text: drawDepths(counts, depths), json: { jobs: counts, queues: depths } };
    }
    case "dead-letters": {
      const { kind: _, ...filter } = command;
      const found = await admin.deadLetters(filter);
      return { text: drawDeadLetters(found), json: { letters: found.map(deadLetterBody) } };
    }
    case "audit": {
      const { kind: _, ...filter } = command;
      const records = await admin.audit(filter);
      return { text: drawAudit(records), json: { records: records.map((record) => bodyOf(auditRecord, record)) } };
    }
  }
}

/** SQLSTATEs of a missing schema, table or function. @source https://www.postgresql.org/docs/current/errcodes-appendix.html */
const NOT_THERE = new Set(["3F000", "42P01", "42883"]);

function withoutSchema(thrown: unknown): FleetError | undefined {
  if (!isFleetError(thrown, "STORE_QUERY") || !NOT_THERE.has(String(thrown.details["sqlstate"]))) return undefined;
  const message = "this database has no jobs yet: start the daemon on it once, which applies the migrations";
  return new FleetError("CLI_NO_SCHEMA", message, { cause: thrown });
}

function ofNoType(thrown: unknown, types: readonly string[]): JobQueueError | undefined {
  if (!isFleetError(thrown, "JOB_TYPE_UNKNOWN")) return undefined;
  const message = `no handler for jobs of that type with FLEET_CONFIG and CALENDAR_FEED_URL as they are set here, only for ${types.join(", ")}`;
  return new JobQueueError("JOB_TYPE_UNKNOWN", message, { cause: thrown });
}
