import { z } from "zod";
import type { Why } from "../matching/wait-reasons.ts";

const time = z.iso.datetime();

export const waitReason = z.object({
  code: z.enum([
    "next-cycle",
    "waits-for-person",
    "rules-exclude-all",
    "lobby-blind",
    "no-idle-bot",
    "bot-of-own-id",
    "bots-joining",
    "joins-held",
    "other-replica",
    "drains",
    "pairing-fails",
    "nobody-pairs",
  ]),
  words: z.string(),
  details: z.record(z.string(), z.union([z.number(), z.string()])).describe("What the words say, for programs"),
  rules: z
    .array(
      z.object({
        rule: z.string().describe("`equal:language`, `near:skill`, `blocks` or `last-partner`"),
        excludes: z.int().describe("How many others it excludes, whatever other rules do"),
        only_this: z.int().describe("How many others would fit but for this rule"),
        nearest: z.object({ distance: z.number(), needed: z.number() }).nullable().describe("The closest of those"),
        widens_in_ms: z.number().nullable().describe("When waiting takes in the first of those; null: never"),
      }),
    )
    .readonly()
    .nullable()
    .describe("What each rule of the fleet file does; null: the daemon that is asked has not read the ticket yet"),
});
/** Writes a reason as the API shows it. */
export const whyBody = ({ code, words, details, rules }: Why): z.infer<typeof waitReason> => ({
  ...{ code, words, details },
  rules:
    rules?.map(({ rule, excludes, onlyThis, nearest, widensInMs }) => ({
      ...{ rule, excludes, only_this: onlyThis, nearest, widens_in_ms: widensInMs },
    })) ?? null,
});

export const lineEntry = z.object({
  ticket_id: z.string(),
  user_id: z.string(),
  name: z.string(),
  source: z.enum(["lobby", "api"]),
  queued_at: time,
  waited_ms: z.number(),
  unconfirmed: z.int().describe("Matches of this ticket that were not confirmed"),
  why: waitReason.describe("Why it is not matched yet, as the daemon that is asked sees it"),
});
export const linePage = z.object({
  waiting: z.array(lineEntry),
  next: z.string().nullable().describe("`after` of the next page; null: none"),
});

export const matchRules = z.object({
  equal: z.array(z.string()).readonly(),
  near: z.record(z.string(), z.object({ within: z.number(), widen_per_second: z.number(), max: z.number() })),
  avoid: z.enum(["blocks", "nothing"]),
  sla_ms: z.int().nullable(),
  bot_due_ms: z.number().describe("Wait after which a person may get a bot"),
  buckets: z
    .array(z.object({ bucket: z.string(), waiting: z.int(), longest_wait_ms: z.number(), missed: z.int() }))
    .describe(
      "Who waits, by what must be equal, the 24 with the most people, and `other`; as the daemon that is asked sees it",
    ),
  blocks_last_day: z.int(),
  reports_last_day: z.int(),
});

export const matchStatus = z.enum(["pending", "live", "ended"]);
export const matchEntry = z.object({
  match_id: z.string(),
  room_id: z.string(),
  status: matchStatus,
  replica_id: z.string().nullable().describe("Which runs the bot; null for a match of two people"),
  made_at: time,
  live_at: time.nullable(),
  ended_at: time.nullable(),
  ended_reason: z.string().nullable(),
  seats: z.array(z.object({ id: z.string(), name: z.string(), bot: z.boolean(), confirmed: z.boolean() })).readonly(),
});
export const matchPage = z.object({
  matches: z.array(matchEntry),
  next: z.string().nullable().describe("`before` of the next page; null: none"),
});
export const matchEnds = z.object({
  ends: z.array(z.object({ reason: z.string(), last_hour: z.int(), last_day: z.int() })),
});

export type LineEntryBody = z.infer<typeof lineEntry>;
export type LinePageBody = z.infer<typeof linePage>;
export type MatchRulesBody = z.infer<typeof matchRules>;
export type MatchStatus = z.infer<typeof matchStatus>;
export type MatchBody = z.infer<typeof matchEntry>;
export type MatchPageBody = z.infer<typeof matchPage>;
export type MatchEndsBody = z.infer<typeof matchEnds>;
