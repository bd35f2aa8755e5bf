import type { DurationSummary } from "@shoal/kernel";
import type { ConnectionMonitor, Health, Metrics } from "@shoal/monitor";
import type { PoolStats } from "@shoal/realtime-pool";
import { z } from "zod";
import type { ReplicaRole } from "../replicas/members.ts";
import type { ServiceSnapshot } from "../service.types.ts";
import { type Route, route } from "./route.ts";

export interface HealthSources {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly connections: ConnectionMonitor;
  readonly version: string;
  readonly role: ReplicaRole;
  phase(): ServicePhase;
  /** Time since the daemon started, in ms. */
  uptimeMs(): number;
  snapshot(): ServiceSnapshot;
  poolStats(): PoolStats;
  /** How long people waited for the latest matches, in ms. */
  matchWait(): DurationSummary;
  /** Jobs and messages when they were last counted; undefined before that. */
  work(): WorkSummary | undefined;
}

const work = z.object({
  jobs: z.object({ pending: z.int(), running: z.int(), dead: z.int() }),
  messages: z.object({ pending: z.int(), dead: z.int() }),
});
const phase = z.enum(["starting", "open", "draining"]);
const role = z.enum(["all", "fleet", "worker"]).describe("What this daemon runs, by `SHOAL_ROLE`");

/** All jobs and messages in the database, also those that other daemons work on. */
export type WorkSummary = z.infer<typeof work>;

/** `starting` until the migrations are applied: only health can be read. `draining`: everything can be read, nothing changed. */
export type ServicePhase = z.infer<typeof phase>;

const dependencies = z.array(
  z.object({
    name: z.string(),
    required: z.boolean(),
    state: z.enum(["ok", "degraded", "down"]),
    detail: z.string().optional(),
    errorCode: z.string().optional(),
    since: z.iso.datetime(),
  }),
);
const loops = z
  .array(
    z.object({
      name: z.string(),
      state: z.enum(["ok", "failing"]),
      since: z.iso.datetime(),
      lastSuccessAt: z.iso.datetime().nullable(),
      failureCount: z.int(),
      errorCode: z.string().optional(),
      detail: z.string().optional(),
    }),
  )
  .describe("How the latest runs of the loops that write ended; not ready while one is failing");
const readiness = z.object({
  ok: z.boolean(),
  status: z.enum(["ready", "not-ready", "draining"]),
  role,
  dependencies,
  loops,
});
const liveness = z.object({
  ok: z.boolean(),
  status: z.enum(["alive", "stuck"]),
  eventLoop: z.object({ lagMs: z.number(), maxLagMs: z.number() }),
  loops: z.array(
    z.object({ name: z.string(), ok: z.boolean(), silentMs: z.number(), maxSilenceMs: z.number().nullable() }),
  ),
});
const whole = z.object({
  status: readiness.shape.status,
  version: z.string(),
  role,
  phase,
  uptimeMs: z.int(),
  liveness,
  dependencies,
  loops,
  fleet: z.looseObject({}),
  pool: z.looseObject({}),
  matchWaitMs: z.object({ count: z.int(), mean: z.number(), p50: z.number(), p95: z.number(), p99: z.number() }),
  work: work.nullable(),
  connections: z.looseObject({}),
  hasDetails: z
    .boolean()
    .describe("False without the API token: then no error or connection is named, because they name rooms and people"),
});

/** `/healthz`, `/readyz`, `/metrics` and `/api/health`: for probes, Prometheus and people on call. */
export function operationRoutes(sources: HealthSources): Route[] {
  return [
    route({
      method: "get",
      path: "/healthz",
      summary: "Whether the process is worth keeping",
      access: "open",
      answers: { 200: liveness, 503: liveness },
      answer(context) {
        const body = sources.health.liveness();
        return context.json(body, body.ok ? 200 : 503);
      },
    }),
    route({
      method: "get",
      path: "/readyz",
      summary: "Whether the process should be given work",
      access: "open",
      answers: { 200: readiness, 503: readiness },
      answer(context) {
        const found = readinessOf(sources);
        const { ok, status, ...reasons } = context.get("role") ? found : forStrangers(found);
        return context.json({ ok, status, role: sources.role, ...reasons }, ok ? 200 : 503);
      },
    }),
    route({
      method: "get",
      path: "/metrics",
      summary: "Metrics for Prometheus",
      access: "open",
      answers: { 200: "text/plain" },
      async answer(context) {
        const { contentType, body } = await sources.metrics.render();
        return context.body(body, 200, { "content-type": contentType });
      },
    }),
    route({
      method: "get",
      path: "/api/health",
      summary: "The fleet, its connections and dependencies",
      access: "open",
      answers: { 200: whole },
      answer: (context) => context.json(healthBody(sources, context.get("role") !== undefined)),
    }),
  ];
}

/** Not ready before the schema is up to date either: until then every request for work is refused, and not all that can be down is known. */
export function readinessOf({
  health,
  phase,
}: {
  readonly health: Pick<Health, "readiness">;
  phase(): ServicePhase;
}): ReturnType<Health["readiness"]> {
  const body = health.readiness();
  return body.ok && phase() === "starting" ? { ...body, ok: false, status: "not-ready" } : body;
}

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** The reasons as they are, without ids: who knows that of a room may enter it, where channels are public. */
function forStrangers(readiness: ReturnType<Health["readiness"]>): typeof readiness {
  const withoutIds = <T extends { readonly detail?: string }>(given: T): T =>
    given.detail === undefined ? given : { ...given, detail: given.detail.replaceAll(ID, "<id>") };
  const { dependencies, loops } = readiness;
  return { ...readiness, dependencies: dependencies.map(withoutIds), loops: loops.map(withoutIds) };
}

/** Connections are named by client and topic, and errors repeat what the server said of them. */
function countsOf({ errors, ...figures }: ReturnType<ConnectionMonitor["report"]>) {
  return { ...figures, troubled: [], errors: { byClass: errors.byClass, patterns: [], recent: [] } };
}

function healthBody(sources: HealthSources, hasDetails: boolean) {
  const readiness = readinessOf(sources);
  const { status, dependencies, loops } = hasDetails ? readiness : forStrangers(readiness);
  const connections = sources.connections.report();
  return {
    status,
    version: sources.version,
    role: sources.role,
    phase: sources.phase(),
    uptimeMs: Math.round(sources.uptimeMs()),
    liveness: sources.health.liveness(),
    dependencies,
    loops,
    fleet: sources.snapshot(),
    pool: sources.poolStats(),
    matchWaitMs: sources.matchWait(),
    work: sources.work() ?? null,
    connections: hasDetails ? connections : countsOf(connections),
    hasDetails,
  };
}
