import {
  type AnalyticsPart,
  createAnalyticsPart,
  createHttpApp,
  createLimitedLines,
  parseConfig,
} from "@shoal/bot-service/internals";
import { createSystemRuntime, unreported } from "@shoal/kernel";
import { createMetrics } from "@shoal/monitor";
import { createDatabase } from "@shoal/store";

export const REPLICA_COUNT = 3;
const TOKEN = "a-token-of-the-benchmark";

/** What was served since the last look. */
export interface ServedFigures {
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly queryCount: number;
  readonly slowestQueryMs: number;
  readonly memoryHitsMs: readonly number[];
  /** By query, in ms. */
  readonly maxAgeMs: Readonly<Record<string, number>>;
}

export interface Replicas extends AsyncDisposable {
  readonly parts: readonly AnalyticsPart[];
  /** Asks over HTTP, as a dashboard does. */
  get(replica: number, path: string): Promise<void>;
  takeFigures(): ServedFigures;
}

/** Starts replicas of the part in this process, each with connections and a port of its own. */
export async function startReplicas(url: string, redisUrl: string): Promise<Replicas> {
  const runtime = createSystemRuntime();
  const { config } = parseConfig({ REDIS_URL: redisUrl });
  const nothing = () => ({
    hits: 0,
    stale: 0,
    misses: 0,
    queryCount: 0,
    slowestQueryMs: 0,
    memoryHitsMs: [] as number[],
    maxAgeMs: {} as Record<string, number>,
  });
  let figures = nothing();
  const replicas = Array.from({ length: REPLICA_COUNT }, (_, n) => {
    // As a daemon shares its connections by default.
    const database = createDatabase({ url, runtime, maxConnections: 2 });
    const metrics = createMetrics();
    const part = createAnalyticsPart({
      ...{
        config,
        fleet: { analytics: {} },
        runtime,
        replicaId: `replica-${n}`,
        members: { replicaId: `replica-${n}`, live: [] },
        health: { reportLoop: unreported },
        database,
        backgroundDatabase: database.share({ maxConnections: 1 }),
      },
    });
    const stops = part.observe(metrics);
    stops.push(
      part.events.on("answer:served", ({ query, result, layer, ageMs, durationMs }) => {
        figures[result === "hit" ? "hits" : result === "stale" ? "stale" : "misses"] += 1;
        if (result === "hit" && layer === "memory") figures.memoryHitsMs.push(durationMs);
        figures.maxAgeMs[query] = Math.max(figures.maxAgeMs[query] ?? 0, ageMs);
      }),
      part.events.on("query:ended", ({ durationMs }) => {
        figures.queryCount += 1;
        figures.slowestQueryMs = Math.max(figures.slowestQueryMs, durationMs);
      }),
    );
    const stopping = new AbortController();
    part.start(stopping.signal);
    const { clock, log } = runtime;
    const app = createHttpApp({
      ...{
        apiToken: TOKEN,
        people: { verify: async () => ({ kind: "away" as const }), close() {} },
        clock,
        metrics,
        version: "bench",
      },
      ...{ failures: createLimitedLines({ clock, log, level: "error", more: "more" }), phase: () => "open" as const },
      routes: part.routes(),
    });
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => app.fetch(request) });
    const end = async () => {
      await server.stop(true);
      stopping.abort();
      await part.drain(5000);
      await part.close(5000);
      for (const stop of stops) stop();
      await database.close();
    };
    return { part, port: server.port, end };
  });
  return {
    parts: replicas.map(({ part }) => part),
    async get(replica, path) {
      const port = replicas[replica % REPLICA_COUNT]?.port;
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
      await response.arrayBuffer();
    },
    takeFigures() {
      const taken = figures;
      figures = nothing();
      return taken;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(replicas.map(({ end }) => end()));
    },
  };
}
