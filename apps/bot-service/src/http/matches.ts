import type { BucketWait, MatchBrowser, MatchRules } from "@shoal/matchmaker";
import { z } from "zod";
import type { Explain } from "../matching/wait-reasons.ts";
import { uuid } from "../uuid.ts";
import { bodyOf } from "./body-of.ts";
import {
  lineEntry,
  linePage,
  matchEnds,
  matchEntry,
  matchPage,
  matchRules,
  matchStatus,
  whyBody,
} from "./match-bodies.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { limit } from "./page-limit.ts";
import { notFound, problem } from "./problem.ts";
import { type Route, route } from "./route.ts";

const PATH = "/api/matches";
const cursor = z
  .string()
  .regex(/^\d{1,18}\.[0-9a-f-]{36}$/, "must be `next` of the page before")
  .optional();

/** Buckets that are shown by their names. */
const BUCKETS_SHOWN = 24;

export interface MatchesPort {
  readonly rules: MatchRules;
  /** Wait after which a person may get a bot, in ms. */
  readonly botDueMs: number;
  /** Who waits, by bucket, at most so many of them. */
  waitingBuckets(limit: number): readonly BucketWait[];
  readonly browser: MatchBrowser;
  /** Makes what says why a person is not matched yet, by what is known now. */
  explainer(): Explain;
  /** False: there is no such match, or it is over. */
  endByOperator(matchId: string, actor: string): Promise<boolean>;
}

/** `/api/match/line` and `/api/matches`: who waits and why, and who talks. */
export function matchRoutes({ browser, explainer, endByOperator, ...port }: MatchesPort): Route[] {
  const one = { access: "token", id: { of: "match", schema: uuid }, answers: { 200: matchEntry } } as const;
  return [
    route({
      method: "get",
      path: "/api/match/line",
      summary: "Who waits, the longest wait first, and why each is not matched yet",
      access: "token",
      query: z.strictObject({ limit, after: cursor }),
      answers: { 200: linePage },
      async answer(context, { query: { limit, after } }) {
        const { entries, next } = await browser.line(omitUndefined({ limit, cursor: after }));
        const explain = explainer();
        return context.json({
          waiting: entries.map((entry) => bodyOf(lineEntry, { ...entry, why: whyBody(explain(entry)) })),
          next,
        });
      },
    }),
    route({
      method: "get",
      path: "/api/match/rules",
      summary:
        "The rules of the fleet file, who waits under them, and how many blocks and reports there were within a day",
      access: "token",
      answers: { 200: matchRules },
      async answer(context) {
        const { equal, near, avoid, slaMs } = port.rules;
        const { blocks, reports } = await browser.safety();
        const windows = Object.entries(near).map(([name, { within, widenPerSecond, max }]) => [
          name,
          { within, widen_per_second: widenPerSecond, max },
        ]);
        const buckets = port.waitingBuckets(BUCKETS_SHOWN).map(({ bucket, waiting, longestWaitMs, missed }) => ({
          ...{ bucket, waiting, missed, longest_wait_ms: Math.round(longestWaitMs) },
        }));
        const rules = { equal, near: Object.fromEntries(windows), avoid, sla_ms: slaMs };
        const now = { bot_due_ms: port.botDueMs, buckets, blocks_last_day: blocks, reports_last_day: reports };
        return context.json({ ...rules, ...now });
      },
    }),
    route({
      method: "get",
      path: PATH,
      summary: "Matches of a status, the newest first",
      access: "token",
      query: z.strictObject({ status: matchStatus.default("live"), limit, before: cursor }),
      answers: { 200: matchPage },
      async answer(context, { query: { status, limit, before } }) {
        const { entries, next } = await browser.matches(status, omitUndefined({ limit, cursor: before }));
        return context.json({ matches: entries.map((entry) => bodyOf(matchEntry, entry)), next });
      },
    }),
    route({
      method: "get",
      path: `${PATH}/ends`,
      summary: "The latest 100,000 matches that ended within a day, counted by reason",
      access: "token",
      answers: { 200: matchEnds },
      async answer(context) {
        const ends = await browser.ends();
        return context.json({
          ends: ends.map(({ reason, lastHour, lastDay }) => ({ reason, last_hour: lastHour, last_day: lastDay })),
        });
      },
    }),
    route({
      method: "get",
      path: `${PATH}/:id`,
      summary: "Show a match, also one that ended within a week",
      ...one,
      async answer(context, { id }) {
        const match = await browser.match(id);
        return match ? context.json(bodyOf(matchEntry, match)) : notFound(context, "match");
      },
    }),
    route({
      method: "post",
      path: `${PATH}/:id/end`,
      summary: "End a match: its people are told, and wait anew if they want",
      ...one,
      async answer(context, { id }) {
        const isEnded = await endByOperator(id, context.get("actor"));
        const match = await browser.match(id);
        if (!match) return notFound(context, "match");
        if (isEnded) return context.json(bodyOf(matchEntry, match));
        const detail = `The match is over already: ${match.endedReason ?? "no reason is known"}`;
        return problem(context, { status: 409, code: "HTTP_MATCH_OVER", title: "Conflict", detail, field: "id" });
      },
    }),
  ];
}
