import { SECOND_MS } from "@shoal/kernel";
import { z } from "zod";
import type { Answers, ServedAnswer } from "../analytics/answers.ts";
import type { CacheStats } from "../analytics/cache-stats.ts";
import { ANALYTICS_QUERIES, type AnalyticsQuery, answerKey, answerSchema } from "../analytics/queries.ts";
import { type Route, route } from "./route.ts";

/** What the routes need of analytics. */
export interface AnalyticsPort {
  readonly answers: Pick<Answers, "ask">;
  readonly stats: () => CacheStats;
}

const layers = z.object({ memory: z.int(), redis: z.int(), database: z.int() });
const cacheStats = z.object({
  requests: z.int(),
  hits: layers.describe("Answers as young as promised, by where they were found"),
  stale: z.int().describe("Older answers, served while a newer one was made or could not be had"),
  misses: z.int().describe("Requests that waited for a query"),
  coalesced: z.int().describe("Requests that had part in a query that was under way, in this daemon or another one"),
  errors: z.int().describe("Answers that could not be made or shared"),
  hit_ratio: z.number().nullable().describe("Requests that waited for no query, of all; null before the first"),
  redis: z
    .object({
      breaker: z.enum(["closed", "open"]).describe("`open`: Redis is not asked"),
      since: z.iso.datetime(),
      error_code: z.string().nullable(),
      error_message: z.string().nullable(),
    })
    .nullable()
    .describe("Null without REDIS_URL"),
  keys: z.array(
    z.object({
      key: z.string(),
      query: z.string(),
      age_ms: z.int(),
      as_of: z.iso.datetime(),
      is_fresh: z.boolean(),
    }),
  ),
});

/** `/api/analytics`: figures of all trades and users; and how well their cache works. */
export function analyticsRoutes(port: AnalyticsPort): Route[] {
  return [...ANALYTICS_QUERIES.map((query) => answerRoute(query, port)), statsRoute(port)];
}

function answerRoute(query: AnalyticsQuery, { answers }: AnalyticsPort): Route {
  return route({
    method: "get",
    path: query.path,
    summary: query.summary,
    access: "token",
    query: query.parameters,
    headers: { "if-none-match": "The `etag` of an answer that the caller has: 304 while there is no other" },
    answers: {
      200: z.object({
        key: z.string().describe("The question, with all that was left to the defaults"),
        as_of: z.iso.datetime().describe("All that was committed then is in it"),
        stale: z.boolean().describe("Older than is promised: a newer one is being made, or cannot be had"),
        data: answerSchema(query),
      }),
    },
    async answer(context, { query: parameters }) {
      const served = await answers.ask(query, parameters);
      const key = answerKey(query, parameters);
      const etag = etagOf(served);
      const headers = { etag, "cache-control": cacheControl(query, served) };
      if (isKnown(context.req.header("if-none-match"), etag)) return context.body(null, 304, headers);
      const { answer, isStale: stale } = served;
      return context.json(
        { key, as_of: new Date(answer.asOfMs).toISOString(), stale, data: answer.data },
        200,
        headers,
      );
    },
  });
}

/** Weak: an answer that has not changed is as of a later time, and the same otherwise. */
const etagOf = ({ answer, isStale }: ServedAnswer) => `W/"${Math.round(answer.madeMs)}${isStale ? "-stale" : ""}"`;

/**
 * Whether the caller has it: one of the tags of the header, weak or not.
 *
 * @source RFC 9110, 13.1.2
 */
function isKnown(header: string | undefined, etag: string): boolean {
  const tags = header?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags?.some((tag) => tag === "*" || tag === etag.slice("W/".length)) ?? false;
}

/** A browser may show what it has until there can be something newer; nobody else may, because the token opens it. */
function cacheControl({ floorMs }: AnalyticsQuery, { ageMs, isStale }: ServedAnswer): string {
  const leftSeconds = isStale ? 0 : Math.max(0, Math.floor((floorMs - ageMs) / SECOND_MS));
  return `private, max-age=${leftSeconds}`;
}

function statsRoute({ stats }: AnalyticsPort): Route {
  return route({
    method: "get",
    path: "/api/cache/stats",
    summary: "Show how well this daemon's cache of analytics works",
    access: "token",
    answers: { 200: cacheStats },
    answer: (context) => context.json(statsBody(stats())),
  });
}

function statsBody({ hitRatio, redis, keys, ...counts }: CacheStats): z.infer<typeof cacheStats> {
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    ...counts,
    hit_ratio: hitRatio,
    redis: redis && {
      breaker: redis.isUp ? "closed" : "open",
      since: iso(redis.since),
      error_code: redis.problem?.code ?? null,
      error_message: redis.problem?.message ?? null,
    },
    keys: keys.map(({ key, query, ageMs, asOfMs, isFresh }) => ({
      ...{ key, query, age_ms: Math.round(ageMs), as_of: iso(asOfMs), is_fresh: isFresh },
    })),
  };
}
