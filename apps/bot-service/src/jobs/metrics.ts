import type { QueueHandler } from "@shoal/job-queue";
import { type Database, statement } from "@shoal/store";
import { z } from "zod";
import { double } from "../decimal.ts";
import { storableText } from "../storable-text.ts";
import { checkBy } from "./check-by.ts";

const sample = z.object({
  name: z
    .string()
    .regex(/^[a-zA-Z_:][\w.:-]{0,199}$/, "must begin with a letter, and have letters, digits and _ . : -"),
  value: double,
  /** Default: when the message was sent. */
  at: z.iso.datetime({ offset: true }).optional(),
  labels: z
    .record(storableText(z.string().min(1).max(64)), storableText(z.string().max(256)))
    .refine((labels) => Object.keys(labels).length <= 32, "must be at most 32")
    .optional(),
});
const samplesSchema = z.union([
  z.object({ samples: z.array(sample).min(1).max(1000) }),
  sample.transform((one) => ({ samples: [one] })),
]);

/** Writes nothing for a message that is read again: its samples are there. */
const INSERT_SQL = statement(
  "metric_samples_write",
  `
insert into shoal.metric_samples (message_key, ordinal, name, value, labels, sampled_at)
select $1, given.ordinal::int, given.sample ->> 'name', (given.sample ->> 'value')::float8,
  coalesce(given.sample -> 'labels', '{}'), coalesce((given.sample ->> 'at')::timestamptz, $3::timestamptz)
from jsonb_array_elements(($2::text)::jsonb) with ordinality as given (sample, ordinal)
on conflict do nothing`,
);

/** Stores one sample `{ name, value, at?, labels? }`, or `{ samples: [...] }` of up to 1,000, in `shoal.metric_samples`. Idempotent. */
export function metricsWriter(database: Database): QueueHandler {
  return {
    check: checkBy(samplesSchema),
    async run({ payload, enqueuedAt }, { idempotencyKey }) {
      const { samples } = samplesSchema.parse(payload);
      await database.query(INSERT_SQL, [idempotencyKey, JSON.stringify(samples), enqueuedAt]);
    },
  };
}
