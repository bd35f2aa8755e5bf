import { isDeeperThan, isStorableJson, isStorableText, MAX_JSON_LEVELS, toError } from "@shoal/kernel";
import { JobQueueError } from "../errors.ts";
import type { JobHandler, JobHandlers, NewJob } from "../types.ts";

/** @source SPEC E, care */
export const MAX_PAYLOAD_BYTES = 1_048_576;

const TYPE = /^[a-z0-9_.:-]{1,128}$/;
const MAX_DELAY_MS = 100 * 365.25 * 86_400_000;
const MAX_KEY_CHARACTERS = 256;

/**
 * A job as the database takes it: one JSON object. With `handlers`, the type's own check and number of attempts apply. Pure.
 *
 * @throws JOB_INVALID `details.field` is wrong
 * @throws JOB_PAYLOAD_TOO_LARGE
 */
export function jobAsJson(job: NewJob, handlers?: JobHandlers): string {
  const { type, delayMs, runAt, priority, uniqueKey } = job;
  if (!TYPE.test(type)) throw invalid("type", "1 to 128 characters of a-z 0-9 _ . : -");
  const handler = handlers && handlerOf(handlers, type);
  const maxAttempts = job.maxAttempts ?? handler?.maxAttempts;
  if (delayMs !== undefined && runAt !== undefined) throw invalid("runAt", "left out where there is a delayMs");
  if (delayMs !== undefined && !(delayMs >= 0 && delayMs <= MAX_DELAY_MS)) {
    throw invalid("delayMs", "a number of ms from 0 to 100 years");
  }
  if (runAt !== undefined && !isTime(runAt)) throw invalid("runAt", "a time from 1970 to 9999");
  if (priority !== undefined && !isInteger(priority, -100, 100))
    throw invalid("priority", "an integer from -100 to 100");
  if (maxAttempts !== undefined && !isInteger(maxAttempts, 1, 100)) {
    throw invalid("maxAttempts", "an integer from 1 to 100");
  }
  if (uniqueKey !== undefined && !isKey(uniqueKey)) throw invalid("uniqueKey", `1 to ${MAX_KEY_CHARACTERS} characters`);
  const payload = job.payload === undefined ? {} : job.payload;
  const text = payloadAsJson(payload);
  const complaint = handler?.check?.(payload) ?? null;
  if (complaint !== null) throw invalid("payload", `what the type takes: ${complaint}`);
  const given = { delay_ms: delayMs, run_at: runAt, priority, max_attempts: maxAttempts, unique_key: uniqueKey };
  return `${JSON.stringify({ type, ...given }).slice(0, -1)},"payload":${text}}`;
}

/** The handler of that type, or undefined. By own keys: types come from outside, and `constructor` is no handler. */
export function handlerOf(handlers: JobHandlers, type: string): JobHandler | undefined {
  return Object.hasOwn(handlers, type) ? handlers[type] : undefined;
}

/** The JSON of a payload that may be stored. Errors as `jobAsJson`. */
export function payloadAsJson(payload: unknown): string {
  // First, because JSON is written by recursion: 40,000 levels take 3 s.
  if (isDeeperThan(payload, MAX_JSON_LEVELS)) throw invalid("payload", `nested at most ${MAX_JSON_LEVELS} levels deep`);
  const text = serialized(payload);
  if (text === undefined) throw invalid("payload", "JSON");
  if (isLarger(text, MAX_PAYLOAD_BYTES)) {
    throw new JobQueueError(
      "JOB_PAYLOAD_TOO_LARGE",
      "The payload is larger than 1 MB: store it elsewhere and send its id.",
      {
        details: { field: "payload", limit_bytes: MAX_PAYLOAD_BYTES },
      },
    );
  }
  if (!isStorableJson(text)) throw invalid("payload", "free of the character 0 and of halved surrogate pairs");
  return text;
}

function serialized(payload: unknown): string | undefined {
  try {
    return JSON.stringify(payload);
  } catch (thrown) {
    throw new JobQueueError("JOB_INVALID", "The job was not added: payload must be JSON.", {
      details: { field: "payload" },
      cause: toError(thrown),
    });
  }
}

/** A character of a text is one to three bytes of UTF-8. */
function isLarger(text: string, limitBytes: number): boolean {
  if (text.length * 3 <= limitBytes) return false;
  return text.length > limitBytes || new TextEncoder().encode(text).length > limitBytes;
}

const isInteger = (value: number, min: number, max: number) => Number.isInteger(value) && value >= min && value <= max;

const isTime = (value: unknown) =>
  value instanceof Date && value.getTime() >= 0 && value.getTime() < Date.UTC(10_000, 0, 1);

const isKey = (value: unknown) =>
  typeof value === "string" && value.length > 0 && [...value].length <= MAX_KEY_CHARACTERS && isStorableText(value);

function invalid(field: string, expected: string): JobQueueError {
  return new JobQueueError("JOB_INVALID", `The job was not added: ${field} must be ${expected}.`, {
    details: { field },
  });
}
