import type { QueuesHealth } from "@shoal/job-queue";
import { type Clock, FleetError, SECOND_MS } from "@shoal/kernel";
import type { ProcessFigures } from "@shoal/monitor";
import type { z } from "zod";
import { type DatabaseHealth, databaseHealth, queuesHealth, systemHealth } from "./health-bodies.ts";
import type { HealthSources } from "./operation.ts";
import { type Route, route } from "./route.ts";

/** The sources of the figures. */
export interface HealthFigures {
  queues(): Promise<QueuesHealth>;
  database(): Promise<DatabaseHealth>;
  process(): ProcessFigures;
  /** `bun 1.4.5`. */
  readonly runtimeName: string;
}

/** Answers are shared for so long, because these routes are open and each answer costs the database a query. */
const SHARED_MS = SECOND_MS;
/** An event loop that stalled this long within the last minute is noticed by people. */
const LAG_WARNING_MS = 200;

/** `/api/health/queues`, `/db` and `/system`: 503 when critical, so that anything that reads status codes can watch. */
export function healthRoutes(figures: HealthFigures, operation: HealthSources, clock: Clock): Route[] {
  const queues = shared(clock, async () => {
    if (operation.phase() === "starting")
      throw new FleetError(
        "HTTP_NOT_OPEN",
        "The daemon is starting: the tables of the queues are not there yet; try again shortly.",
      );
    return figures.queues();
  });
  const database = shared(clock, () => figures.database());
  return [
    healthRoute("queues", "Jobs and messages against their thresholds, with what to do", queuesHealth, queues),
    healthRoute("db", "The database: reach, latency, connections, pooler, migrations", databaseHealth, database),
    healthRoute("system", "This process: memory, processor, event loop", systemHealth, async () =>
      systemBody(figures, operation),
    ),
  ];
}

function healthRoute<Body extends { readonly status: "healthy" | "warning" | "critical" }>(
  name: "queues" | "db" | "system",
  summary: string,
  schema: z.ZodType<Body>,
  read: () => Promise<Body>,
): Route {
  return route({
    method: "get",
    path: `/api/health/${name}`,
    summary,
    access: "open",
    answers: { 200: schema, 503: schema },
    async answer(context) {
      const body = await read();
      return context.json<object>(body, body.status === "critical" ? 503 : 200);
    },
  });
}

/** Shares one call among all requests that come while it runs, and for `SHARED_MS` from its beginning. */
export function shared<T>(clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let latest: { readonly atMs: number; readonly value: Promise<T>; isOver: boolean } | undefined;
  return () => {
    const nowMs = clock.monotonicMs();
    if (latest && (!latest.isOver || nowMs - latest.atMs < SHARED_MS)) return latest.value;
    const begun = { atMs: nowMs, value: read(), isOver: false };
    const end = () => {
      begun.isOver = true;
    };
    begun.value.then(end, end);
    latest = begun;
    return begun.value;
  };
}

function systemBody(
  figures: HealthFigures,
  { health, version, uptimeMs }: HealthSources,
): z.infer<typeof systemHealth> {
  const { ok, eventLoop } = health.liveness();
  const { residentBytes, heapUsedBytes, cpuSeconds, openFds } = figures.process();
  const upMs = Math.round(uptimeMs());
  return {
    status: !ok ? "critical" : eventLoop.maxLagMs >= LAG_WARNING_MS ? "warning" : "healthy",
    version,
    runtime: figures.runtimeName,
    uptimeMs: upMs,
    memory: { residentBytes, heapUsedBytes },
    cpu: { seconds: cpuSeconds, ratio: upMs === 0 ? 0 : (cpuSeconds * SECOND_MS) / upMs },
    eventLoop,
    openFiles: openFds,
  };
}
