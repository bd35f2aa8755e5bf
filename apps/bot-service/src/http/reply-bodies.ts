import { z } from "zod";

const counts = z.record(z.string(), z.int());
const dollars = z.number().describe("US dollars");

const budget = z.object({
  scope: z.enum(["conversation", "person", "day", "month"]),
  limit: dollars,
  taken: dollars
    .nullable()
    .describe("Null for conversations and people, of whom there are many, and until it was read"),
  held: dollars.nullable().describe("Of that, reserved by replies that are under way"),
  left: dollars.nullable(),
  refused: z.int().describe("Replies of this daemon that would have passed it, since its start"),
});

const model = z.object({
  name: z.string(),
  host: z.string(),
  status: z
    .enum(["loading", "up", "held", "refused"])
    .describe(
      "held: it is not asked for a while after faults; refused: it is asked rarely, because the configuration is wrong",
    ),
  cause: z.string().nullable().describe("Code of the fault for which it is held"),
  held_for_ms: z.int(),
  running: z.int(),
  running_max: z.int(),
  replies: z.int().describe("Of which something was said; this and what follows since the daemon's start"),
  cut_short: z.int().describe("Of those, ended by a fault after their first sentence"),
  aborted: z.int().describe("Nobody waited for them any more: a newer message, the end of the conversation"),
  input_tokens: z.int(),
  output_tokens: z.int(),
  spent: dollars,
  overruns: z.int().describe("Replies that cost more than what was reserved for them"),
});

export const repliesView = z.object({
  engines: z
    .object({ model: z.int(), rules: z.int(), safety: z.int() })
    .describe("Turns of this daemon's bots since its start, by who decided the words"),
  codes: counts.describe("Of those of the rules: why the model did not speak, by code"),
  faults: z
    .array(z.object({ at: z.iso.datetime(), code: z.string() }))
    .describe("The latest 50 turns that the model should have answered, the newest first"),
  model: model.nullable().describe("Null without LLM_BASE_URL"),
  budgets: z.array(budget),
  remembers: z.boolean().describe("Whether bots remember people who have allowed it"),
  region: z.string().describe("Whose help lines are named"),
  min_age: z.int(),
});

export type RepliesView = z.infer<typeof repliesView>;

export type BudgetBody = RepliesView["budgets"][number];
