import { type EventSubscriber, subscribe } from "@shoal/monitor";
import type { KeptAnswer } from "./answers.ts";
import type { AnalyticsEvents, AnswerLayer } from "./events.ts";
import type { SharedCacheStatus } from "./shared-cache.ts";

/** Answers that are listed, the latest asked first. */
const MAX_KEYS = 200;

/** What this daemon's cache has done since it started, as `GET /api/cache/stats` shows it. */
export interface CacheStats {
  readonly requests: number;
  readonly hits: Readonly<Record<AnswerLayer, number>>;
  readonly stale: number;
  readonly misses: number;
  readonly coalesced: number;
  readonly errors: number;
  /** Of all requests those that did not wait for a query, from 0 to 1; null before the first one. */
  readonly hitRatio: number | null;
  /** Null without `REDIS_URL`. */
  readonly redis: SharedCacheStatus | null;
  readonly keys: readonly {
    readonly key: string;
    readonly query: string;
    readonly ageMs: number;
    readonly asOfMs: number;
    readonly isFresh: boolean;
  }[];
}

interface Sources {
  readonly events: EventSubscriber<AnalyticsEvents>;
  readonly kept: () => Iterable<KeptAnswer>;
  /** Time of the database, in ms since 1970. */
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly redis: () => SharedCacheStatus | null;
}

/** Counts from now on. */
export function countCache({ events, kept, nowMs, monotonicMs, redis }: Sources) {
  const hits: Record<AnswerLayer, number> = { memory: 0, redis: 0, database: 0 };
  const counts = { stale: 0, misses: 0, coalesced: 0, errors: 0 };
  const close = subscribe<AnalyticsEvents>(events, {
    "answer:served": ({ result, layer }) => {
      if (result === "hit") hits[layer] += 1;
      else counts[result === "stale" ? "stale" : "misses"] += 1;
    },
    "answer:coalesced": () => {
      counts.coalesced += 1;
    },
    "query:ended": null,
    "answer:failed": () => {
      counts.errors += 1;
    },
  });
  return {
    read(): CacheStats {
      const found = hits.memory + hits.redis + hits.database + counts.stale;
      const requests = found + counts.misses;
      return {
        ...{ requests, hits: { ...hits }, ...counts, hitRatio: requests === 0 ? null : found / requests },
        redis: redis(),
        keys: [...kept()].slice(-MAX_KEYS).reverse().map(keyOf),
      };
    },
    close,
  };

  function keyOf({ key, query, answer, isFresh, dueMs }: KeptAnswer): CacheStats["keys"][number] {
    return {
      ...{ key, query: query.name, asOfMs: answer.asOfMs, ageMs: Math.max(0, nowMs() - answer.asOfMs) },
      isFresh: isFresh && monotonicMs() < dueMs,
    };
  }
}
