import { isFleetError, toError } from "@shoal/kernel";
import { JobQueueError } from "../errors.ts";

/** @source https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNDEFINED_TABLE = "42P01";
const DATA_EXCEPTION = "22";
/** About a number, as a count of reads at the end of its column: no text of a payload. */
export const NUMERIC_OUT_OF_RANGE = "22003";
const PGMQ_ABSENT = new Set(["3F000", "42883"]);

export const HOW_TO_GET_PGMQ =
  'Enable it: on Supabase under Integrations > Queues, elsewhere as an administrator by "create extension pgmq", or let the daemon\'s user create a schema in this database.';

/** Translates errors of the database into those of this package. Errors that are not about queues stay as they are. */
export function toQueueError(thrown: unknown, queue?: string): Error {
  const error = toError(thrown);
  const sqlstate = isFleetError(error) ? error.details["sqlstate"] : undefined;
  if (typeof sqlstate !== "string") return error;
  if (PGMQ_ABSENT.has(sqlstate)) {
    return new JobQueueError("QUEUE_PGMQ_MISSING", `This database has no pgmq. ${HOW_TO_GET_PGMQ}`, { cause: error });
  }
  if (sqlstate.startsWith(DATA_EXCEPTION) && sqlstate !== NUMERIC_OUT_OF_RANGE) {
    return new JobQueueError(
      "JOB_INVALID",
      "The payload holds a character that jsonb cannot keep: NUL, or half of a pair.",
      {
        details: { field: "payload" },
        cause: error,
      },
    );
  }
  return sqlstate === UNDEFINED_TABLE ? unknownQueue(queue, error) : error;
}

export function unknownQueue(queue?: string, cause?: unknown): JobQueueError {
  return new JobQueueError(
    "QUEUE_UNKNOWN",
    `There is no queue ${queue ?? "of one of these names"}. Make it with pgmq.create(), or correct the name.`,
    { details: queue === undefined ? {} : { queue }, cause },
  );
}
