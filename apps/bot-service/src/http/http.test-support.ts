import type { AuditedJobAdmin, AuditRecord, JobView, NewJob, QueuesHealth } from "@shoal/job-queue";
import { type LogFields, silentLog } from "@shoal/kernel";
import type { OpenOutcome, OpenTicket, TicketView } from "@shoal/matchmaker";
import { createConnectionMonitor, createHealth, createMetrics } from "@shoal/monitor";
import { createRealtimePool } from "@shoal/realtime-pool";
import { createSimulatedClock, testRuntime } from "@shoal/testkit";
import type { CommandApi } from "../control/command-api.ts";
import type { CommandRow, DeploymentRow } from "../control/rows.ts";
import type { NewCommand } from "../control/types.ts";
import { createLimitedLines } from "../limited-lines.ts";
import { rowOf } from "../replicas/fleet-view.test-support.ts";
import { fleetViewOf } from "../replicas/fleet-view.ts";
import type { ServiceSnapshot } from "../service.types.ts";
import { analyticsOfTest } from "./analytics.test-support.ts";
import { analyticsRoutes } from "./analytics.ts";
import { createHttpApp, type HttpOptions } from "./app.ts";
import { botRoutes } from "./bots.ts";
import { type HealthFigures, healthRoutes } from "./health.ts";
import type { DatabaseHealth } from "./health-bodies.ts";
import { inngestRoutes } from "./inngest.ts";
import { jobRoutes } from "./jobs.ts";
import { operationRoutes } from "./operation.ts";
import { passRoutes } from "./passes.ts";
import type { PersonTokens } from "./person-tokens.ts";
import { replicaRoutes } from "./replicas.ts";
import { statementRoutes } from "./statements.ts";
import { fakeOwners, fakeRunInputs, fakeSecrets, fakeStrategies } from "./strategies.test-support.ts";
import { strategyRoutes } from "./strategies.ts";
import { strategyHealthRoute } from "./strategy-health.ts";
import { strategyOwnerRoutes } from "./strategy-owners.ts";
import { strategyReplayRoutes } from "./strategy-replay.ts";
import { strategySecretRoutes } from "./strategy-secrets.ts";
import { ticketRoutes } from "./tickets.ts";

export const TOKEN = "0123456789abcdef";
export const SECRETS = ["cron-secret-that-goes", "cron-secret-that-comes"] as const;
export const TICKET_ID = "7b0f3c1e-8e0a-4f5c-9d6a-1f2e3d4c5b6a";
export const COMMAND_ID = "0d9f2d3e-5a1b-4c7d-8e9f-0a1b2c3d4e5f";
const AT = "2026-01-01T00:00:00.000Z";

export const ticketView: TicketView = {
  id: TICKET_ID,
  userId: "u1",
  status: "waiting",
  closedReason: null,
  matchId: null,
  roomId: null,
  waitedMs: 1200,
  position: 1,
  rule: "alone",
  botAllowedAt: "2026-01-01T00:00:04.000Z",
};

export const snapshot: ServiceSnapshot = {
  people: { present: 2, waiting: 1 },
  bots: { target: 3, starting: 0, idle: 2, talking: 1, stopping: 0, quarantined: 0 },
  matches: { personPerson: 0, personBot: 1, live: 1 },
  messages: { sent: 0, received: 0, malformed: 0 },
  joins: { total: 4, refused: 0, windowUsed: 4, windowBudget: 4800 },
  sockets: 2,
  slots: 4,
  errorsByClass: {},
};

export const jobView: JobView = {
  id: "7",
  type: "risk_check",
  status: "dead",
  payload: { depth: [1, null] },
  runAt: AT,
  attempts: 5,
  maxAttempts: 5,
  priority: 0,
  uniqueKey: null,
  lastError: "JOB_TIME_LIMIT: took longer than 1 s",
  workerId: "w1",
  startedAt: AT,
  finishedAt: AT,
  createdAt: AT,
  updatedAt: AT,
};

export const auditRecord: AuditRecord = {
  id: "1",
  at: AT,
  actor: "worker",
  action: "attempt",
  outcome: "failed",
  jobId: "7",
  jobType: "risk_check",
  queue: null,
  workerId: "w1",
  attempt: 1,
  epoch: 1,
  code: "JOB_TIME_LIMIT",
  message: "took longer than 1 s",
  durationMs: 1000,
};

export const queuesHealth: QueuesHealth = {
  status: "warning",
  executionMode: "supabase",
  dbQueue: { status: "warning", pending: 60, running: 1, completed: 2, dead: 3, oldestPending: 4, processingRate: 5 },
  pgmqQueues: {
    status: "healthy",
    queues: {
      alert_jobs: { status: "healthy", depth: 2, visible: 1, oldestMs: 30, deadLetters: 0, hasHandler: true },
    },
    totals: { depth: 2, visible: 1, deadLetters: 0 },
  },
  recommendations: ["60 jobs are pending."],
};

export const databaseHealth: DatabaseHealth = {
  status: "healthy",
  isReachable: true,
  latencyMs: 0.5,
  errorCode: null,
  poolerMode: "direct",
  connections: { used: 3, max: 100 },
  migrations: { applied: 8, pending: 0 },
  recommendations: [],
};

const slowest = {
  source: "pg_stat_statements",
  statements: [{ name: "match_sweep", calls: 3, meanMs: 1.23456, maxMs: 2, totalMs: 3.7 }],
  otherCount: 4,
} as const;

export const commandRow: CommandRow = {
  id: COMMAND_ID,
  bot_id: "bot-a",
  command: "START_BOT",
  payload: {},
  issued_by: null,
  created_at: new Date(AT),
  applied_at: null,
  outcome: null,
  error: null,
};

export const deploymentRow: DeploymentRow = {
  bot_id: "bot-a",
  owner_id: null,
  kind: "conversation",
  name: "Ada",
  config: {},
  desired: "stopped",
  generation: 1,
  status: "stopped",
  replica: null,
  last_error: null,
  created_at: new Date(AT),
  updated_at: new Date(AT),
  status_at: new Date(AT),
};

/** Takes `person:<id>` for the token of that person, and `away` for one that cannot be judged. */
const people: PersonTokens = {
  async verify(token) {
    if (token === "away") return { kind: "away" };
    const [, userId] = /^person:(.+)$/.exec(token) ?? [];
    return userId ? { kind: "person", userId } : { kind: "refused", why: "is nobody's" };
  },
  close() {},
};

/** What may be made to fail, or to wait. */
export interface Faults {
  /** Every call of a admin rejects with it. */
  failure?: Error;
  /** A pass does not end before it. */
  passGate?: Promise<void>;
  /** The figures of the queues wait for it. */
  figuresGate?: Promise<void>;
}

/** The whole app over desks that remember what was asked of them, and know one thing each. */
export function makeApp({
  cronSecrets = SECRETS as readonly string[],
  strategies = fakeStrategies,
  owners = fakeOwners,
  secrets = fakeSecrets,
} = {}) {
  const clock = createSimulatedClock();
  const health = createHealth({ clock });
  const calls: (readonly [string, ...unknown[]])[] = [];
  const faults: Faults = {};
  const state: {
    phase: "starting" | "open" | "draining";
    ticketOutcome: OpenOutcome;
    queues: QueuesHealth;
    database: DatabaseHealth;
    isSchedulerRunning: boolean;
    isFailing: boolean;
  } = {
    phase: "open",
    isSchedulerRunning: true,
    isFailing: false,
    ticketOutcome: "opened",
    queues: queuesHealth,
    database: databaseHealth,
  };
  const heard = <T>(answer: T, ...call: [string, ...unknown[]]): Promise<T> => {
    if (faults.failure) return Promise.reject(faults.failure);
    calls.push(call);
    return Promise.resolve(answer);
  };
  const read = <T>(answer: T): Promise<T> =>
    faults.failure ? Promise.reject(faults.failure) : Promise.resolve(answer);
  const pass = { claimed: 2, completed: 1, failed: 1, dead: 0, lost: 0 };
  const admin: AuditedJobAdmin = {
    list: (filter) => heard([jobView], "list", filter),
    show: (id) => read(id === jobView.id ? jobView : undefined),
    figures: () => Promise.reject(new Error("not asked for by HTTP")),
    audit: (filter) => heard([auditRecord], "audit", filter),
    deadLetters: () => Promise.reject(new Error("not asked for by HTTP")),
    enqueue: (actor, job: NewJob) => heard({ id: "8", isNew: job.uniqueKey !== "taken" }, "enqueue", actor, job),
    retry: (actor, id) => heard(jobView, "retry", actor, id),
    cancel: (actor, id) => heard(jobView, "cancel", actor, id),
    redrive: (actor, filter) => heard(3, "redrive", actor, filter),
    redriveQueue: (actor, queue, limit) => heard(2, "redriveQueue", actor, queue, limit),
    async runPass(actor, options) {
      await faults.passGate;
      return heard({ jobs: pass, queues: [{ queue: "alert_jobs", ...pass }] }, "pass", actor, options);
    },
    runDue: (actor) => heard(["risk_check"], "cron", actor),
  };
  const bots: CommandApi = {
    issue: (commands: readonly NewCommand[]) => heard([COMMAND_ID], "issue", ...commands),
    startStopped: (botId) => heard([COMMAND_ID], "startStopped", botId),
    command: (id) => read(id === COMMAND_ID ? commandRow : undefined),
    deployments: (page) => heard([deploymentRow], "deployments", page),
    deployment: (id) => read(id === deploymentRow.bot_id ? deploymentRow : undefined),
    async remove(id) {
      return id === deploymentRow.bot_id ? heard(COMMAND_ID, "remove", id) : undefined;
    },
  };
  const tickets = {
    openTicket: (ticket: OpenTicket) => heard({ ...ticketView, outcome: state.ticketOutcome }, "openTicket", ticket),
    ticket: async (id: string) => (id === TICKET_ID ? ticketView : undefined),
    async closeTicket(id: string, reason: string) {
      if (id !== TICKET_ID) return undefined;
      return heard({ ...ticketView, status: "closed" as const, closedReason: reason }, "closeTicket", id, reason);
    },
    confirmTicket: async (id: string) => (id === TICKET_ID ? ticketView : undefined),
  };
  const jobs = {
    admin,
    queues: () => heard(state.queues, "queues"),
    dualRunReport: (period: object) => heard({}, "dualRun", period),
  };
  const figures: HealthFigures = {
    async queues() {
      if (faults.figuresGate) await faults.figuresGate;
      return heard(state.queues, "queues");
    },
    database: () => heard(state.database, "database"),
    process: () => ({ cpuSeconds: 1, residentBytes: 2, heapUsedBytes: 1, openFds: null, startedAtSeconds: 0 }),
    runtimeName: "bun 1.4.5",
  };
  const sources = healthSources(clock, health, () => state.phase);
  const { metrics, version, phase } = sources;
  const analytics = analyticsOfTest();
  const failed: LogFields[] = [];
  const log = { ...silentLog, error: (fields: LogFields) => void failed.push(fields) };
  const failures = createLimitedLines({ clock, log, level: "error", more: "more" });
  const options: HttpOptions = {
    ...{ apiToken: TOKEN, cronSecrets, people, clock, failures, metrics, version, phase },
    routes: [
      ...operationRoutes(sources),
      ...healthRoutes(figures, sources, clock),
      ...replicaRoutes(() => heard(fleetViewOf([rowOf()], 2), "replicas")),
      ...statementRoutes(() => heard(slowest, "statements")),
      ...ticketRoutes(tickets),
      ...botRoutes(bots),
      ...passRoutes(jobs),
      ...jobRoutes(jobs),
      ...strategyOwnerRoutes(owners),
      ...strategyRoutes(strategies),
      ...strategySecretRoutes(secrets, strategies),
      ...strategyReplayRoutes(fakeRunInputs),
      strategyHealthRoute({
        ...{ desk: strategies.desk, clock, isFailing: () => state.isFailing },
        isSchedulerRunning: () => state.isSchedulerRunning,
      }),
      ...analyticsRoutes(analytics.port),
      ...inngestRoutes(async (request) => Response.json({ length: (await request.text()).length })),
    ],
  };
  return { app: createHttpApp(options), failed, analytics, options, health, sources, calls, state, faults, clock };
}

export type TestApp = ReturnType<typeof makeApp>;

function healthSources(
  clock: ReturnType<typeof createSimulatedClock>,
  health: ReturnType<typeof createHealth>,
  phase: () => "starting" | "open" | "draining",
) {
  const channels = { waiting: 0, joining: 0, joined: 1, failed: 0, released: 0 };
  const stats = { sockets: { open: 1, connecting: 0, max: 10 }, channels, reconnects: 0 };
  const unused = createRealtimePool({ url: "http://127.0.0.1", apiKey: "key", runtime: testRuntime() });
  const poolStats = unused.getStats();
  unused.destroy(new Error("never used"));
  return {
    health,
    metrics: createMetrics(),
    connections: createConnectionMonitor({ clock, events: unused.events, getStats: () => stats }),
    version: "1",
    role: "fleet" as const,
    phase,
    uptimeMs: () => clock.monotonicMs(),
    snapshot: () => snapshot,
    poolStats: () => poolStats,
    work: () => ({ jobs: { pending: 4, running: 1, dead: 0 }, messages: { pending: 7, dead: 2 } }),
    matchWait: () => ({ count: 2, mean: 200, p50: 100, p95: 300, p99: 300 }),
  };
}

/** Asks with the API token and, where there is a body, as JSON. */
export function ask(
  { app }: TestApp,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  return Promise.resolve(
    app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(text === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    }),
  );
}
