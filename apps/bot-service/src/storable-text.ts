import { isStorableText } from "@shoal/kernel";
import type { z } from "zod";

export const UNSTORABLE = "must be text that can be stored: without the character 0 and halves of surrogate pairs";

/** Refuses text that Postgres cannot hold. */
export function storableText(schema: z.ZodString): z.ZodString {
  return schema.refine(isStorableText, UNSTORABLE);
}
