import { z } from "zod";

const count = z.int().nonnegative();
const at = z.iso.datetime();

const dependency = z.object({
  name: z.string(),
  required: z.boolean(),
  state: z.enum(["ok", "degraded", "down"]),
  detail: z.string().nullable(),
  error_code: z.string().nullable(),
  since: at,
});

const loop = z.object({
  name: z.string(),
  state: z.enum(["ok", "failing"]),
  since: at,
  failure_count: count,
  error_code: z.string().nullable(),
  detail: z.string().nullable(),
});

export const budgetName = z.enum(["joins", "events", "presence"]);

const budget = z.object({
  used: z.number().describe("Spent in the current window of a minute"),
  allowed: z.number(),
  ratio: z.number().describe("What signals of the server left of our share, 0 to 1"),
  held_ms: count.describe("For how long nothing is spent, because the server said that the limit was reached"),
});

const pool = z.object({
  breaker: z.object({
    state: z.enum(["unknown", "up", "held", "away", "refused"]),
    error_class: z.string().nullable(),
    cause: z.string().nullable(),
    since: at,
  }),
  sockets: z.object({ open: count, connecting: count, probing: count, max: count }),
  slots: z.object({ held: count, free: count, capacity: count }),
  channels: z
    .object({ waiting: count, joining: count, joined: count, failed: count, released: count })
    .describe("Now; failed and released since the start"),
  joins: z.object({ total: count, refused: count, pending: count, paced: count }),
  budgets: z.record(budgetName, budget),
  reconnects: count,
  response_ms: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }),
  errors_by_class: z.record(z.string(), count).describe("Since the start"),
});

const work = z
  .object({
    jobs: z.object({
      pending: count,
      running: count,
      dead: count,
      oldest_pending_ms: z.number().nullable(),
      processed_last_hour: count,
    }),
    messages: z.object({ pending: count, dead: count, oldest_ms: z.number().nullable() }),
    schedule_overdue_ms: z.number(),
  })
  .describe("Of the whole database, when last counted");

const strategies = z
  .object({
    running: count,
    paused: count,
    stopped: count,
    quarantined: count,
    due: count,
    oldest_due_ms: z.number(),
    owners: count,
    owners_failing: count,
    orders: z.object({
      ...{ intended: count, sent: count, unknown: count, open: count },
      oldest_intended_ms: z.number(),
      oldest_unknown_ms: z.number(),
    }),
  })
  .describe("Of the whole database, when last counted");

export const firingAlert = z.object({
  alert: z.string().describe("Its name"),
  severity: z.enum(["critical", "warning"]),
  summary: z.string(),
  detail: z.string().describe("With the number"),
  runbook: z.string().describe("In docs/runbooks, without .md"),
  since: at,
});

export const consoleSnapshot = z.object({
  at,
  boot_id: z.string().describe("Of this start of the daemon; ids of the stream begin with it"),
  replica_id: z.string(),
  version: z.string(),
  role: z.enum(["all", "fleet", "worker"]),
  phase: z.enum(["starting", "open", "draining"]),
  started_at: at,
  up_ms: count,
  readiness: z.object({
    ok: z.boolean(),
    status: z.enum(["ready", "not-ready", "draining"]),
    dependencies: z.array(dependency),
    loops: z.array(loop),
  }),
  people: z.object({
    present: count,
    waiting: count,
    longest_wait_ms: z.number().nullable().describe("Of who waits now; null where nobody does"),
    wait_ms: z
      .object({ count, p50: z.number(), p95: z.number(), p99: z.number() })
      .describe("How long people waited for the latest matches"),
  }),
  bots: z.object({
    target: count.describe("Of this replica's own share; all other figures include deployed bots"),
    quarantined: count,
    states: z.record(z.string(), count).describe("By state of the bot, those that there are"),
    deployed: z.record(z.string(), count).describe("Deployed bots by status"),
  }),
  matches: z.object({
    person_person: count.describe("Made by this replica since its start"),
    person_bot: count,
    live: count.describe("Of all replicas"),
  }),
  messages: z.object({ sent: count, received: count, malformed: count }),
  pool,
  work: work.nullable(),
  strategies: strategies.nullable(),
  database: z.object({ busy: count, waiting: count, limit: count }).describe("Connections at work"),
  process: z.object({
    resident_bytes: count,
    heap_used_bytes: count,
    cpu_ratio: z.number().describe("Of one processor, in the last second"),
    lag_ms: z.number().describe("Of the event loop"),
    max_lag_ms: z.number().describe("In the last minute"),
    open_files: count.nullable(),
    streams: count.describe("Consoles that listen to this daemon"),
  }),
  replicas: z
    .array(
      z.object({
        replica_id: z.string(),
        version: z.string(),
        role: z.enum(["all", "fleet", "worker"]),
        is_draining: z.boolean(),
        is_late: z.boolean(),
        is_lead: z.boolean(),
      }),
    )
    .describe("Those that live, as the last pulse told; at most 50"),
  replica_count: count,
  firing: z.array(firingAlert).describe("The alerts that the figures of this daemon fire, critical ones first"),
});

/** Everything that is shown of one daemon at a glance. */
export type ConsoleSnapshot = z.infer<typeof consoleSnapshot>;
export type FiringAlert = z.infer<typeof firingAlert>;
