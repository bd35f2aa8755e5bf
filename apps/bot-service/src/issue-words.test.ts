import { expect, test } from "vitest";
import { z } from "zod";
import { issueLine } from "./issue-words.ts";

const sample = z.object({ name: z.string(), value: z.number() });
const schema = z.object({
  config: z.record(z.string().regex(/^[a-z]+$/, "must be letters"), z.unknown()).optional(),
  graceful: z.boolean().optional(),
  many: z.union([z.object({ samples: z.array(sample) }), sample]).optional(),
  limit: z.number().min(0, "must be 0 or more").optional(),
  only: z.strictObject({ a: z.string().optional() }).optional(),
  text: z.string().optional(),
});

test.each([
  [3, "payload: must be an object"],
  [{ config: 3 }, "config: must be an object"],
  [{ config: { A: 1 } }, "config.A: the name is not valid: must be letters"],
  [{ graceful: "yes" }, "graceful: must be true or false"],
  [{ many: {} }, "many.name: is missing; it must be a text"],
  [{ many: { samples: [{ name: "a" }] } }, "many.samples.0.value: is missing; it must be a number"],
  [{ limit: -1 }, "limit: must be 0 or more"],
  [{ only: { b: "secret" } }, "only.b: there is no such field"],
])("says what is wrong with %j, and where", (value, words) => {
  const { error } = schema.safeParse(value);
  expect(issueLine(error?.issues[0], "payload")).toBe(words);
});
