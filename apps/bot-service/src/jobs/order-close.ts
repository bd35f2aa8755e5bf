import { giveUp, type QueueHandler } from "@shoal/job-queue";
import type { Database } from "@shoal/store";
import { z } from "zod";
import { decimal } from "../decimal.ts";
import { storableText } from "../storable-text.ts";
import { uuid } from "../uuid.ts";
import { checkBy } from "./check-by.ts";

const closeSchema = z.object({
  position_id: uuid,
  close_price: decimal.refine((price) => !price.startsWith("-"), "must be at least 0").optional(),
  reason: storableText(z.string().min(1).max(200)).optional(),
  /** Default: when the message was sent. */
  closed_at: z.iso.datetime({ offset: true }).optional(),
});

const CLOSE_SQL = `
with held as materialized (
  select id, closed_at from shoal.positions where id = $1::uuid for update
),
closed as (
  update shoal.positions position
  set closed_at = $2::timestamptz, close_price = ($3::text)::numeric, close_reason = $4
  from held where position.id = held.id and held.closed_at is null
  returning 1
)
select exists (select from held) as is_known, exists (select from closed) as is_closed_now`;

/** Closes the position of `{ position_id, close_price?, reason?, closed_at? }`; a closed position stays as it is. Idempotent. */
export function orderCloser(database: Database): QueueHandler {
  return {
    check: checkBy(closeSchema),
    async run({ payload, enqueuedAt }) {
      const { position_id, close_price = null, reason = null, closed_at = enqueuedAt } = closeSchema.parse(payload);
      const [row] = await database.query<{ is_known: boolean; is_closed_now: boolean }>(CLOSE_SQL, [
        position_id,
        closed_at,
        close_price,
        reason,
      ]);
      if (!row?.is_known) throw giveUp("shoal.positions has no position with this id.");
      return { isClosedNow: row.is_closed_now };
    },
  };
}
