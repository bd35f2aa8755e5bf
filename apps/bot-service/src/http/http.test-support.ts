import type {
  ActView,
  AuditedJobAdmin,
  AuditRecord,
  JobActs,
  JobView,
  MessageView,
  NewJob,
  QueueAdmin,
  QueuesHealth,
} from "@shoal/job-queue";
import { createEmitter, type LogFields, silentLog } from "@shoal/kernel";
import {
  defaultMatchRules,
  type LineEntry,
  type MatchEntry,
  type OpenOutcome,
  type OpenTicket,
  type TicketView,
} from "@shoal/matchmaker";
import { createConnectionMonitor, createHealth, createMetrics } from "@shoal/monitor";
import { createRealtimePool, type PoolEvents } from "@shoal/realtime-pool";
import { createSimulatedClock, testRuntime } from "@shoal/testkit";
import { parseConfig, type ShownVariable } from "../config.ts";
import { makeSnapshot } from "../console/snapshot.test-support.ts";
import type { CommandApi } from "../control/command-api.ts";
import type { CommandRow, DeploymentDetail, DeploymentRow } from "../control/rows.ts";
import type { NewCommand } from "../control/types.ts";
import type { BotKind } from "../fleet/bot-kind.ts";
import type { BotView } from "../fleet/bot-views.ts";
import { echoKind } from "../fleet/fleet.test-support.ts";
import { createLimitedLines } from "../limited-lines.ts";
import type { Mark } from "../marks/marks.ts";
import type { Why } from "../matching/wait-reasons.ts";
import type { People } from "../people/people.ts";
import type { TimelineEntry } from "../pool/timeline.ts";
import { rowOf } from "../replicas/fleet-view.test-support.ts";
import { fleetViewOf } from "../replicas/fleet-view.ts";
import type { ModelFigures } from "../replies/figures.ts";
import type { ServiceSnapshot } from "../service.types.ts";
import { analyticsOfTest } from "./analytics.test-support.ts";
import { analyticsRoutes } from "./analytics.ts";
import { createHttpApp, type HttpOptions } from "./app.ts";
import { type BlockApi, blockRoutes } from "./blocks.ts";
import { botHistoryRoute } from "./bot-history.ts";
import { botKindRoutes } from "./bot-kinds.ts";
import { botRoutes } from "./bots.ts";
import { consoleRoutes, personRoute } from "./console.ts";
import { botListRoute, channelRoutes, configRoute } from "./console-lists.ts";
import { consoleTicketRoute } from "./console-tickets.ts";
import { type HealthFigures, healthRoutes } from "./health.ts";
import type { DatabaseHealth } from "./health-bodies.ts";
import { inngestRoutes } from "./inngest.ts";
import { jobActRoutes } from "./job-acts.ts";
import { jobRoutes } from "./jobs.ts";
import { markRoutes } from "./marks.ts";
import { type MatchesPort, matchRoutes } from "./matches.ts";
import { operationRoutes } from "./operation.ts";
import { passRoutes } from "./passes.ts";
import { peopleRoutes } from "./people.ts";
import type { PersonTokens } from "./person-tokens.ts";
import { poolTimelineRoute } from "./pool-timeline.ts";
import { queueRoutes } from "./queues.ts";
import { replicaRoutes } from "./replicas.ts";
import { replyRoutes } from "./replies.ts";
import { statementRoutes } from "./statements.ts";
import { fakeLimits, fakeOwners, fakeReplay, fakeSecrets, fakeStrategies } from "./strategies.test-support.ts";
import { strategyRoutes } from "./strategies.ts";
import { strategyHealthRoute } from "./strategy-health.ts";
import { strategyLimitsRoute } from "./strategy-limits.ts";
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
  hasCompany: false,
  rules: null,
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

export const actView: ActView = {
  id: "3",
  actor: "console",
  action: "redrive",
  queue: null,
  status: "running",
  jobId: "9",
  jobStatus: null,
  jobType: "risk_check",
  errorCode: null,
  createdBefore: null,
  namedCount: null,
  expected: 100_001,
  acted: 1000,
  skipped: 1,
  askedAt: AT,
  updatedAt: AT,
  endedAt: null,
};

const messageView: MessageView = {
  id: "5",
  readCount: 5,
  enqueuedAt: AT,
  visibleAt: AT,
  storedBytes: 40,
  code: "ALERT_REFUSED",
  message: "words",
  diedAt: AT,
};

const lineEntry: LineEntry = {
  ticketId: TICKET_ID,
  userId: "u1",
  name: "Ann",
  source: "api",
  queuedAt: AT,
  waitedMs: 1200,
  unconfirmed: 0,
  hasCompany: false,
};

export const matchEntry: MatchEntry = {
  matchId: COMMAND_ID,
  roomId: TICKET_ID,
  status: "live",
  replicaId: null,
  madeAt: AT,
  liveAt: AT,
  endedAt: null,
  endedReason: null,
  seats: [{ id: "u1", name: "Ann", bot: false, confirmed: true }],
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

const { payload: _payload, ...commandSummaryRow } = commandRow;

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

const deploymentDetail: DeploymentDetail = {
  ...deploymentRow,
  lease: { holder: "replica-1", expires_in_ms: 9000 },
  waiting_commands: 1,
};

const conversationKind = {
  names: ["Ada", "Ben"],
  checkSettings: ({ persona }: Readonly<Record<string, unknown>>) =>
    persona === undefined ? null : "persona: must be one of them",
};

const botChange = { at: AT, state: "crashed", matchId: null, errorCode: "KIND_BROKEN" } as const;

const botView: BotView = {
  ...{ botId: "bot-a", name: "Ada", kind: "conversation", number: 1, isDeployed: false, state: "idle" },
  ...{ sinceMs: Date.parse(AT), untilMs: null, isPaused: false, matchId: null, roomId: null, partnerId: null },
  ...{ isInRoom: false, isPartnerPresent: false, crashes: 0 },
};
const botViews: readonly BotView[] = [
  { ...botView, botId: "bot-b", name: "Ben", number: 2, state: "quarantined", untilMs: Date.parse(AT), crashes: 3 },
  botView,
];

const fakeLists = {
  listChannels: () => [
    { topic: "lobby", clientId: "bot-a", status: "joined", priority: "lobby", socketId: "s1" } as const,
    { topic: "room:1", clientId: "bot-b", status: "waiting", priority: "room", socketId: null } as const,
  ],
  listSockets: () => [{ socketId: "s1", status: "open", slotsHeld: 1 } as const],
};

const shownVariable: ShownVariable = {
  ...{ variable: "HTTP_PORT", value: "1", default: "8080", source: "environment", isSecret: false, isChanged: true },
  ...{ expected: "0 to 65535", description: "Port." },
};

const timelineEntry: TimelineEntry = {
  ...{ at: AT, what: "breaker", state: "held", subject: null, errorClass: "rate", cause: "joinRate", why: null },
  ...{ lastsMs: 10_000, ratio: null },
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
  /** As many consoles listen as are served. */
  areStreamsFull?: boolean;
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
    isMatchOver: boolean;
    why: Why;
  } = {
    phase: "open",
    isSchedulerRunning: true,
    isFailing: false,
    isMatchOver: false,
    why: { code: "next-cycle", words: "Nothing holds this person back.", details: {}, rules: null },
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
    list: (filter) => heard({ jobs: [jobView], next: "7" }, "list", filter),
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
  const acts: JobActs = {
    count: (request) => heard(100_001, "countActed", request),
    start: (actor, request) => heard({ act: actView, isNew: true }, "startAct", actor, request),
    stop: (actor, id) => heard(id === actView.id ? actView : undefined, "stopAct", actor, id),
    show: (id) => read(id === actView.id ? actView : undefined),
    list: (limit) => heard([actView], "acts", limit),
  };
  const queues: QueueAdmin = {
    depths: () => read([{ queue: "alert_jobs", length: 2, visible: 1, oldestMs: 30, dlqLength: 1 }]),
    list: (place, page) => heard([messageView], "messages", place, page),
    show: (place, id) =>
      heard(
        id === messageView.id ? { ...messageView, payload: { n: 1 }, isTooLarge: false } : undefined,
        "message",
        place,
        id,
      ),
    act: (actor, queue, action, ids) => heard(ids.length, "letters", actor, queue, action, ids),
  };
  const matches: MatchesPort = {
    browser: {
      line: (page) => heard({ entries: [lineEntry], next: null }, "line", page),
      matches: (status, page) => heard({ entries: [matchEntry], next: null }, "matches", status, page),
      match: (id) => read(id === matchEntry.matchId ? matchEntry : undefined),
      ends: () => read([{ reason: "left", lastHour: 1, lastDay: 2 }]),
      safety: () => read({ blocks: 3, reports: 4 }),
    },
    explainer: () => () => state.why,
    ...{ rules: defaultMatchRules, botDueMs: 4000, waitingBuckets: () => [] },
    endByOperator: (id, actor) => heard(!state.isMatchOver, "endMatch", id, actor),
  };
  const model: ModelFigures = {
    ...{ model: "m", host: "llm.example", state: null, spent: [] },
    ...{ refused: { conversation: 1 }, left: undefined },
  };
  const turns = {
    engines: { model: 1, rules: 2, safety: 3 },
    codes: { REPLY_HELD: 2 },
    faults: [{ atMs: 0, code: "REPLY_HELD" }],
  };
  const mark: Mark = {
    ...{ id: 7, matchId: matchEntry.matchId, personId: "ann", botId: null, kind: "report", source: "person" },
    ...{ reporterId: "bob", reason: "rude", createdAt: new Date(0), seenAt: null, seenBy: null },
  };
  const place = { table: "shoal.match_tickets", column: "user_id", fate: "delete", count: 1 } as const;
  const fakePeople: People = {
    show: (id, query) => heard([{ ...place, why: "waits", rows: [{ name: id }], next: null }], "show", id, query),
    erase: (id, actor) => heard([place], "erase", id, actor),
  };
  const bots: CommandApi = {
    issue: (commands: readonly NewCommand[]) =>
      heard(
        commands.map(() => COMMAND_ID),
        "issue",
        ...commands,
      ),
    startStopped: (botId) => heard([COMMAND_ID], "startStopped", botId),
    command: (id) => read(id === COMMAND_ID ? commandRow : undefined),
    commands: (filter) => heard([commandSummaryRow], "commands", filter),
    deployments: (filter) => heard({ deployments: [deploymentRow], next: "bot-a" }, "deployments", filter),
    deployment: (id) => read(id === deploymentRow.bot_id ? deploymentDetail : undefined),
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
  const isMatch = (id: string) => id === matchEntry.matchId;
  const blocks: BlockApi = {
    blocks: (userId) => heard([{ blockedId: "bob", isBot: false, createdAt: AT }], "blocks", userId),
    block: (userId, matchId) => heard(isMatch(matchId) ? "bob" : undefined, "block", userId, matchId),
    unblock: (userId, blockedId) => heard(blockedId === "bob", "unblock", userId, blockedId),
    report: (userId, matchId, reason) => heard(isMatch(matchId), "report", userId, matchId, reason),
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
  const poolEvents = createEmitter<PoolEvents>();
  const getStats = () => ({
    sockets: { open: 1, connecting: 0 },
    channels: sources.poolStats().channels,
    reconnects: 0,
  });
  const heardConnections = createConnectionMonitor({ clock, events: poolEvents, getStats });
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
      ...ticketRoutes(tickets, matches.explainer),
      ...blockRoutes(blocks),
      ...matchRoutes(matches),
      ...peopleRoutes(fakePeople),
      ...replyRoutes({ turns: () => turns, model: () => model, config: parseConfig({}).config }),
      ...markRoutes({ list: (filter) => heard([mark], "marks", filter), seen: async () => mark }),
      ...botRoutes(bots),
      ...botKindRoutes(new Map([["conversation", conversationKind]])),
      botHistoryRoute({ of: (botId) => (botId === "bot-a" ? [botChange] : []) }),
      poolTimelineRoute({ entries: () => [timelineEntry] }),
      botListRoute({ views: () => botViews, histories: { of: (id) => (id === "bot-a" ? [botChange] : []) } }),
      ...channelRoutes(fakeLists, heardConnections),
      configRoute(
        { shown: [shownVariable], fleetConfig: "fleet.config.ts" },
        { botKinds: [echoKind as BotKind], topics: { lobby: "l", user: (id) => `u:${id}`, room: (id) => `r:${id}` } },
      ),
      ...passRoutes(jobs),
      ...jobRoutes(jobs),
      ...jobActRoutes(acts),
      ...queueRoutes({ queues, hasHandler: (queue) => queue === "alert_jobs" }),
      ...strategyOwnerRoutes(owners),
      ...strategyRoutes(strategies),
      ...strategySecretRoutes(secrets, strategies),
      ...strategyReplayRoutes(fakeReplay),
      strategyLimitsRoute(fakeLimits),
      strategyHealthRoute({
        ...{ desk: strategies.desk, clock, isFailing: () => state.isFailing },
        isSchedulerRunning: () => state.isSchedulerRunning,
      }),
      ...analyticsRoutes(analytics.port),
      consoleTicketRoute(() => "/console/#ticket=of-the-test"),
      ...consoleRoutes({
        snapshotText: () => JSON.stringify({ ...makeSnapshot(), firing: [] }),
        streams: {
          open: () =>
            faults.areStreamsFull ? null : new ReadableStream({ start: (controller) => controller.close() }),
        },
        history(...call) {
          calls.push(["history", ...call]);
          return { step_ms: 1000, from_ms: 0, units: { lag_ms: "ms" }, series: { lag_ms: [1, null] } };
        },
      }),
      personRoute((user_id) =>
        heard(
          {
            user_id,
            at: new Date(clock.now()).toISOString(),
            ticket: null,
            why: null,
            match: null,
            room: null,
            timeline: [],
          },
          "person",
          user_id,
        ),
      ),
      ...inngestRoutes(async (request) => Response.json({ length: (await request.text()).length })),
    ],
  };
  return {
    app: createHttpApp(options),
    poolEvents,
    failed,
    analytics,
    options,
    health,
    sources,
    calls,
    state,
    faults,
    clock,
  };
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
