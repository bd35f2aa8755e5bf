import { expect, test } from "vitest";
import { z } from "zod";
import { issueLine, issueWords } from "./issue-words.ts";
import { uuid } from "./uuid.ts";

test.each<[z.ZodType, unknown, string]>([
  [z.string().min(1), "", "must not be empty"],
  [z.string().min(2), "a", "must be at least 2 characters long"],
  [z.string().max(2), "abc", "must be at most 2 characters long"],
  [z.int().min(1), 0, "must be at least 1"],
  [z.int().max(1), 2, "must be at most 1"],
  [z.number().gt(0), 0, "must be more than 0"],
  [z.number().lt(0), 0, "must be less than 0"],
  [z.int(), 1e300, "must be at most 9007199254740991"],
  [z.int(), 1.5, "must be a whole number"],
  [z.number().multipleOf(2), 3, "must be a multiple of 2"],
  [z.coerce.number(), "abc", "must be a number"],
  [z.array(z.int()).max(1), [1, 2], "must be at most 1 entries long"],
  [z.enum(["a", "b"]), "c", "must be one of a, b"],
  [z.literal("a"), "c", "must be a"],
  [
    z.discriminatedUnion("a", [z.object({ a: z.literal("x") }), z.object({ a: z.literal("y") })]),
    { a: 1 },
    "must be one of x, y",
  ],
  [uuid, "c", "must be a UUID"],
  [z.iso.datetime(), "c", "must be a time with its zone, such as 2026-01-31T12:00:00Z"],
  [z.string().regex(/a/), "c", "has not the form that it must have"],
  [z.custom(() => false), "c", "is not valid"],
  [z.date(), 1, "must be a date"],
])("has words of its own, not zod's", (schema, value, words) => {
  expect(issueWords(schema.safeParse(value).error?.issues[0]).words).toBe(words);
});

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
