import type { ActFilter } from "@shoal/job-queue";
import { z } from "zod";
import { storableText } from "../storable-text.ts";
import { jobStatus } from "./job-bodies.ts";
import { omitUndefined } from "./omit-undefined.ts";

export const rowId = z.string().regex(/^[1-9]\d{0,17}$/, "must be a whole number above 0");
export const type = storableText(z.string().min(1).max(128));

/** The fields by which jobs are selected, to be listed and to be acted on. */
export const jobFilter = {
  status: jobStatus.optional(),
  type: type.optional(),
  error_code: storableText(z.string().min(1).max(128))
    .optional()
    .describe("Of the last failed attempt; of a dead letter what it died of"),
  created_before: z.iso.datetime({ offset: true }).optional(),
};

type JobFilterBody = { readonly [Name in keyof typeof jobFilter]?: z.infer<(typeof jobFilter)[Name]> } & {
  readonly ids?: readonly string[] | undefined;
};

export function filterOf({ error_code: errorCode, created_before: createdBefore, ...same }: JobFilterBody): ActFilter {
  return omitUndefined({
    ...same,
    errorCode,
    createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore),
  });
}
