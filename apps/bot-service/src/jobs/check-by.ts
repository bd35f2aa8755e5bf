import type { Json } from "@shoal/job-queue";
import type { z } from "zod";
import { issueLine } from "../issue-words.ts";

/** Makes a handler's `check` of a schema: it says what is wrong and where, and never shows the value. */
export function checkBy(schema: z.ZodType): (payload: Json) => string | null {
  return (payload) => {
    const { error } = schema.safeParse(payload);
    if (!error) return null;
    const problems = error.issues.map((issue) => issueLine(issue, "payload"));
    return problems.slice(0, 5).join("; ");
  };
}
