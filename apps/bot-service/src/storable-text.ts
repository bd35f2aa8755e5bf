import type { z } from "zod";

/** Refuses what Postgres cannot hold as text: the zero character, and halves of surrogate pairs. */
export function storableText(schema: z.ZodString): z.ZodString {
  return schema.refine((text) => !text.includes("\0") && text.isWellFormed(), "must be text that can be stored");
}
