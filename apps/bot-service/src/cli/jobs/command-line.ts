import { readFileSync } from "node:fs";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import type { JobStatus, Json, NewJob } from "@shoal/job-queue";
import { errorFields, HOUR_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { argumentProblem, UsageError } from "../usage-error.ts";

/** What one command line asks for. */
export type JobsCommand =
  | { readonly kind: "help" }
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
  | { readonly kind: "letters"; readonly queue?: string; readonly limit: number; readonly before?: string }
  | { readonly kind: "audit"; readonly jobId?: string; readonly limit: number; readonly before?: string };

const LIST_LIMIT = 20;
const REDRIVE_LIMIT = 100;
const LIMIT_MOST = 1000;
const STATUSES: readonly JobStatus[] = ["pending", "running", "completed", "dead"];
const text = { type: "string" } as const;

/** Every command with its options, and whether a word follows it. */
const FORMS = {
  list: { options: { status: text, type: text, limit: text, before: text } },
  show: { word: "id", options: {} },
  retry: { word: "id", options: {} },
  cancel: { word: "id", options: {} },
  redrive: { options: { type: text, queue: text, limit: text } },
  run: { options: { batch: text } },
  enqueue: {
    word: "type",
    options: { payload: text, delay: text, priority: text, "max-attempts": text, "unique-key": text },
  },
  depths: { options: {} },
  queues: { options: {} },
  letters: { options: { queue: text, limit: text, before: text } },
  audit: { options: { job: text, limit: text, before: text } },
} as const satisfies Record<string, { word?: string; options: ParseArgsOptionsConfig }>;

type Values = Readonly<Record<string, string | undefined>>;

const wrong = (problem: string, cause?: unknown) => new UsageError(problem, "bun run shoal jobs --help", cause);

/**
 * Reads the words after `shoal jobs`.
 * @throws CLI_USAGE naming what is at fault
 */
export function readJobsCommand(args: string[]): { readonly command: JobsCommand; readonly isJson: boolean } {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return asked({ kind: "help" });
  if (!isForm(name)) throw wrong(`there is no command jobs ${name}`);
  const form: { word?: string; options: ParseArgsOptionsConfig } = FORMS[name];
  const { values, positionals } = parse(rest, form.options);
  if (values["help"] === true) return asked({ kind: "help" });
  const word = wordOf(name, form.word, positionals);
  const given = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { command: commandOf(name, word, Object.fromEntries(given)), isJson: values["json"] === true };
}

const asked = (command: JobsCommand) => ({ command, isJson: false });

const isForm = (name: string): name is keyof typeof FORMS => Object.hasOwn(FORMS, name);

function parse(
  args: string[],
  options: ParseArgsOptionsConfig,
): { values: Readonly<Record<string, unknown>>; positionals: string[] } {
  const flags = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
  try {
    return parseArgs({ args, strict: true, allowPositionals: true, options: { ...options, ...flags } });
  } catch (thrown) {
    throw wrong(argumentProblem(thrown), thrown);
  }
}

function wordOf(command: string, word: string | undefined, given: readonly string[]): string {
  const [first, ...more] = given;
  if (word !== undefined && first === undefined) throw wrong(`jobs ${command} needs the ${word} of a job`);
  const stray = word === undefined ? first : more[0];
  if (stray !== undefined) throw wrong(`jobs ${command} has no use for the word ${stray}`);
  return first ?? "";
}

function commandOf(name: keyof typeof FORMS, word: string, given: Values): JobsCommand {
  switch (name) {
    case "list":
      return {
        kind: name,
        limit: limitOf(given, LIST_LIMIT),
        ...statusOf(given),
        ...typeOf(given),
        ...beforeOf(given),
      };
    case "show":
    case "retry":
    case "cancel":
      return { kind: name, id: idOf("id", word) };
    case "redrive":
      return redriveOf(given);
    case "run": {
      const { batch } = given;
      return {
        kind: name,
        ...(batch === undefined ? {} : { batchSize: wholeNumber("--batch", batch, 1, LIMIT_MOST) }),
      };
    }
    case "enqueue":
      return { kind: name, job: newJobOf(word, given) };
    case "queues":
    case "depths":
      return { kind: "depths" };
    case "letters":
      return { kind: name, limit: limitOf(given, LIST_LIMIT), ...queueOf(given), ...beforeOf(given) };
    case "audit":
      return {
        kind: name,
        limit: limitOf(given, LIST_LIMIT),
        ...beforeOf(given),
        ...(given["job"] === undefined ? {} : { jobId: idOf("--job", given["job"]) }),
      };
  }
}

function redriveOf(given: Values): JobsCommand {
  if (given["type"] !== undefined && given["queue"] !== undefined) {
    throw wrong("--type is of jobs, --queue of pgmq: give one of them");
  }
  return { kind: "redrive", limit: limitOf(given, REDRIVE_LIMIT), ...typeOf(given), ...queueOf(given) };
}

function newJobOf(type: string, given: Values): NewJob {
  const { payload, delay, priority, "max-attempts": maxAttempts, "unique-key": uniqueKey } = given;
  return {
    type,
    ...(payload === undefined ? {} : { payload: payloadOf(payload) }),
    ...(delay === undefined ? {} : { delayMs: durationOf("--delay", delay) }),
    ...(priority === undefined ? {} : { priority: wholeNumber("--priority", priority, -100, 100) }),
    ...(maxAttempts === undefined ? {} : { maxAttempts: wholeNumber("--max-attempts", maxAttempts, 1, 100) }),
    ...(uniqueKey === undefined ? {} : { uniqueKey }),
  };
}

/** JSON as given, or the file after `@`. What it says is never said again. */
function payloadOf(given: string): Json {
  const isFile = given.startsWith("@");
  try {
    return JSON.parse(isFile ? readFileSync(given.slice(1), "utf8") : given);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) {
      throw wrong(`--payload: the file ${given.slice(1)} cannot be read (${errorFields(thrown).error_code})`, thrown);
    }
    throw wrong(isFile ? `--payload: what is in ${given.slice(1)} is not JSON` : "--payload is not JSON");
  }
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: 24 * HOUR_MS,
};

function durationOf(option: string, given: string): number {
  const [, count = "", unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(given) ?? [];
  const unitMs = UNITS_MS[unit];
  if (unitMs === undefined) throw wrong(`${option} ${given}: expected 0 or more ms, s, m, h or d, such as 90s or 10m`);
  return Number(count) * unitMs;
}

function wholeNumber(option: string, given: string, least: number, most: number): number {
  const value = /^-?\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw wrong(`${option} ${given}: expected a whole number from ${least} to ${most}`);
}

function idOf(option: string, given: string): string {
  if (/^[1-9]\d{0,17}$/.test(given)) return given;
  throw wrong(`${option} ${given}: an id is a whole number above 0`);
}

const limitOf = ({ limit }: Values, otherwise: number) =>
  limit === undefined ? otherwise : wholeNumber("--limit", limit, 1, LIMIT_MOST);

const beforeOf = ({ before }: Values) => (before === undefined ? {} : { before: idOf("--before", before) });

const typeOf = ({ type }: Values) => (type === undefined ? {} : { type });

const queueOf = ({ queue }: Values) => (queue === undefined ? {} : { queue });

function statusOf({ status }: Values): { status?: JobStatus } {
  if (status === undefined) return {};
  const known = STATUSES.find((one) => one === status);
  if (known === undefined) throw wrong(`--status ${status}: expected ${STATUSES.join(", ")}`);
  return { status: known };
}
