import { type Command, createCommand, duration, InvalidArgumentError, Option, wholeNumber } from "@shoal/command-line";
import type { JobStatus, NewJob } from "@shoal/job-queue";
import { omitUndefined } from "../../http/omit-undefined.ts";
import { readJsonOption } from "../json-option.ts";

/** The command that a command line asks for. */
export type JobsCommand =
  | {
      readonly kind: "list";
      readonly status?: JobStatus;
      readonly type?: string;
      readonly limit: number;
      readonly before?: string;
    }
  | { readonly kind: "show" | "retry" | "cancel"; readonly id: string }
  | { readonly kind: "redrive"; readonly type?: string; readonly queue?: string; readonly limit: number }
  | { readonly kind: "run"; readonly batchSize?: number }
  | { readonly kind: "enqueue"; readonly job: NewJob }
  | { readonly kind: "depths" }
  | { readonly kind: "dead-letters"; readonly queue?: string; readonly limit: number; readonly before?: string }
  | { readonly kind: "audit"; readonly jobId?: string; readonly limit: number; readonly before?: string };

const LIST_LIMIT = 20;
const REDRIVE_LIMIT = 100;
const LIMIT_MOST = 1000;
const STATUSES = ["pending", "running", "completed", "dead"] as const satisfies readonly JobStatus[];

const DESCRIPTION = `Jobs of shoal.jobs and messages of pgmq: in the database of DATABASE_URL, or without that in the one of the daemon running
on SHOAL_DIRECTORY (.shoal). With DATABASE_URL no daemon need be running. Every change is kept in the audit. For queues of a
fleet file set FLEET_CONFIG as the daemon has it.`;

const EXIT_CODES = "\nExit code 1 when it failed or was interrupted, 2 for a wrong command line or configuration.";

/** Makes `jobs` with its subcommands; `run` receives the command asked for. */
export function createJobsCommand(run: (command: JobsCommand, isJson: boolean) => void | Promise<void>): Command {
  const command = (name: string, description: string) =>
    createCommand(name).description(description).option("--json", "one line of JSON, as the HTTP API answers");
  const ofOneJob = (kind: "show" | "retry" | "cancel", description: string) =>
    command(kind, description)
      .argument("<id>", "of the job", idOf)
      .action((id, { json }) => run({ kind, id }, json === true));
  const limit = ["--limit <count>", `at most so many, 1 to ${LIMIT_MOST}`, wholeNumber(1, LIMIT_MOST)] as const;
  const before = ["--before <id>", "only those older than this one", idOf] as const;

  const list = command("list", "jobs, the newest first")
    .addOption(new Option("--status <status>", "only jobs of this status").choices(STATUSES))
    .option("--type <type>", "only jobs of this type")
    .option(...limit, LIST_LIMIT)
    .option(...before)
    .action(({ json, ...filter }) => run({ kind: "list", ...omitUndefined(filter) }, json === true));
  const redrive = command(
    "redrive",
    "puts dead jobs, or the dead letters of a pgmq queue, back in line, the oldest first",
  )
    .option("--type <type>", "only jobs of this type")
    .addOption(new Option("--queue <queue>", "the dead letters of this queue instead of jobs").conflicts("type"))
    .option(...limit, REDRIVE_LIMIT)
    .action(({ json, ...filter }) => run({ kind: "redrive", ...omitUndefined(filter) }, json === true));
  const pass = command("run", "one pass in this process: takes what is due, jobs and messages, and does it")
    .option("--batch <count>", `at most so many, 1 to ${LIMIT_MOST}`, wholeNumber(1, LIMIT_MOST))
    .addHelpText("after", RUN_HELP)
    .action(({ json, batch }) => run({ kind: "run", ...omitUndefined({ batchSize: batch }) }, json === true));
  const enqueue = command("enqueue", "adds a job of a type that the fleet file or the daemon handles")
    .argument("<type>", "of the job")
    .option("--payload <json>", "JSON, or @ and the name of a file with it")
    .option("--delay <time>", "not before this time has passed, such as 90s or 10m", duration())
    .option("--priority <number>", "-100 to 100, higher ones first", wholeNumber(-100, 100))
    .option("--max-attempts <count>", "1 to 100", wholeNumber(1, 100))
    .option("--unique-key <key>", "none is added while another of this key is pending or running")
    .action((type, { json, payload, delay, ...given }, self) => {
      const refuse = (problem: string) => self.error(problem);
      const read = payload === undefined ? undefined : readJsonOption("--payload", payload, refuse);
      const wanted = { ...given, delayMs: delay, payload: read };
      return run({ kind: "enqueue", job: { type, ...omitUndefined(wanted) } }, json === true);
    });
  const depths = command("depths", "how much is in line")
    .alias("queues")
    .action(({ json }) => run({ kind: "depths" }, json === true));
  const deadLetters = command(
    "dead-letters",
    "why messages of pgmq queues are dead, and whether they were put back, the newest first",
  )
    .option("--queue <queue>", "only those of this queue")
    .option(...limit, LIST_LIMIT)
    .option(...before)
    .action(({ json, ...filter }) => run({ kind: "dead-letters", ...omitUndefined(filter) }, json === true));
  const audit = command("audit", "failed attempts, rescues and changes by people, the newest first")
    .option("--job <id>", "only those of this job", idOf)
    .option(...limit, LIST_LIMIT)
    .option(...before)
    .action(({ json, job, ...filter }) =>
      run({ kind: "audit", ...omitUndefined({ ...filter, jobId: job }) }, json === true),
    );

  const jobs = createCommand("jobs")
    .summary("list, show, retry, cancel, redrive and add jobs, do one pass, and see what was done to them")
    .description(DESCRIPTION)
    .addCommand(list)
    .addCommand(ofOneJob("show", "one job with its payload, also from the archive"))
    .addCommand(ofOneJob("retry", "makes a job due at once, with all attempts before it if it was dead"))
    .addCommand(ofOneJob("cancel", "takes a job out of line, or from its worker, into the archive"));
  for (const each of [redrive, pass, enqueue, depths, deadLetters, audit]) jobs.addCommand(each);
  return jobs.addHelpText("after", EXIT_CODES);
}

const RUN_HELP = `
Set FLEET_CONFIG, CALENDAR_FEED_URL and ALERT_WEBHOOK_URLS as the daemon has them: nothing is run while a job is due that
has no handler here; queues without a handler are left alone. Ctrl-C gives back what is not done; a second one ends it at
once.`;

function idOf(text: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text;
  throw new InvalidArgumentError("An id is a whole number above 0.");
}
