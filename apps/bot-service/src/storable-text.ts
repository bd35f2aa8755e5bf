import { isStorableText } from "@shoal/kernel";
import type { z } from "zod";

/** Refuses text that Postgres cannot hold. */
export function storableText(schema: z.ZodString): z.ZodString {
  return schema.refine(isStorableText, "must be text that can be stored");
}
