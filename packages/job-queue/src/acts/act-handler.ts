import { fullJitter, HOUR_MS, isFleetError, type Runtime, retry } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import { giveUp } from "../errors.ts";
import { toQueueError } from "../pgmq/queue-errors.ts";
import type { JobHandler, Json } from "../types.ts";

/** The type of the jobs that carry out acts. */
export const ACT_JOB_TYPE = "shoal_act";

/** Of one transaction: a fraction of a second, so that neither workers nor whoever stops the act wait for long. */
const BATCH_SIZE = 1000;

const STEP = statement(
  "act_step",
  `select ended_at is not null as "isOver", acted::float8, skipped::float8 from shoal.job_act_step($1::int8, $2::int)`,
);

/** A batch and a worker that writes outcomes may want the same rows in another order: one of them is to try again. */
const conflictBackoff = fullJitter(20, 1000);

interface Step {
  readonly isOver: boolean;
  readonly acted: number;
  readonly skipped: number;
}

export interface ActHandlerOptions {
  readonly database: Pick<Sql, "query">;
  readonly runtime: Pick<Runtime, "clock" | "rng">;
  /** Rows of one transaction. Default 1,000. */
  readonly batchSize?: number;
}

/** Carries acts out, batch by batch. One that was cut off goes on where the last batch that was committed ended. */
export function actHandler({ database, runtime, batchSize = BATCH_SIZE }: ActHandlerOptions): JobHandler {
  return {
    timeLimitMs: 2 * HOUR_MS,
    check: (payload) => (actIdOf(payload) === undefined ? "an object with the act_id of an act" : null),
    async run({ payload }, { signal, log }) {
      const id = actIdOf(payload) ?? "0";
      const step = async () => (await database.query<Step>(STEP, [id, batchSize]))[0];
      for (;;) {
        signal.throwIfAborted();
        const when = (error: unknown) => isFleetError(error, "STORE_CONFLICT");
        const act = await retry(step, { runtime, signal, backoff: conflictBackoff, when }).catch((thrown) => {
          throw toQueueError(thrown);
        });
        if (!act) throw giveUp(`There is no act ${id}.`);
        const { isOver, ...counts } = act;
        if (!isOver) continue;
        log.info({ act_id: id, ...counts }, "an act on all jobs or dead letters that match is over");
        return counts;
      }
    },
  };
}

function actIdOf(payload: Json): string | undefined {
  const id: unknown = Object(payload)["act_id"];
  return typeof id === "string" && /^[1-9]\d{0,17}$/.test(id) ? id : undefined;
}
