import type { WorkFigures } from "@shoal/job-queue";
import { type Clock, SECOND_MS, summarize, type Unsubscribe } from "@shoal/kernel";
import type { Health, ProcessFigures } from "@shoal/monitor";
import type { PoolStats, RealtimePool } from "@shoal/realtime-pool";
import type { ConnectionFigures } from "@shoal/store";
import type { ConsoleSnapshot } from "../http/console-snapshot-body.ts";
import type { ServicePhase } from "../http/operation.ts";
import { readinessOf } from "../http/operation.ts";
import type { Members, ReplicaRole } from "../replicas/members.ts";
import type { ServiceSnapshot } from "../service.types.ts";
import type { StrategyFigures } from "../strategies/figures/read-figures.ts";

/** Where the figures come from: all of them from memory. */
export interface SnapshotSources {
  readonly clock: Clock;
  readonly replicaId: string;
  readonly version: string;
  readonly role: ReplicaRole;
  readonly phase: () => ServicePhase;
  readonly health: Pick<Health, "readiness" | "liveness">;
  readonly members: Pick<Members, "live" | "seniors">;
  readonly pool: Pick<RealtimePool, "events" | "getStats">;
  readonly service: () => ServiceSnapshot;
  readonly waits: { values(): Float64Array };
  /** How long the one who waits longest has waited, in ms; null where nobody waits. */
  readonly longestWaitMs: () => number | null;
  readonly botStates: () => Readonly<Record<string, number>>;
  readonly deployedStates: () => Readonly<Record<string, number>>;
  /** When they were last read; undefined before that. */
  readonly work: () => WorkFigures | undefined;
  readonly strategies: () => StrategyFigures | undefined;
  readonly connections: () => ConnectionFigures;
  readonly processFigures: () => ProcessFigures;
}

const REPLICAS_SHOWN = 50;

/** A snapshot before the alerts are judged by it. */
export type Unjudged = Omit<ConsoleSnapshot, "firing">;

/** Makes snapshots. Listens to the pool until closed. */
export function createSnapshots(sources: SnapshotSources) {
  const { clock } = sources;
  const startedMs = clock.monotonicMs();
  const startedAt = new Date(clock.now()).toISOString();
  const changes = watchPool(sources);
  const cpuRatio = watchCpu(clock);
  return {
    read({ boot_id, streams }: Pick<ConsoleSnapshot, "boot_id"> & { readonly streams: number }): Unjudged {
      const { replicaId: replica_id, version, role, members } = sources;
      const service = sources.service();
      return {
        ...{ at: new Date(clock.now()).toISOString(), boot_id, replica_id, version, role, phase: sources.phase() },
        ...{ started_at: startedAt, up_ms: Math.round(clock.monotonicMs() - startedMs) },
        readiness: shownReadiness(sources),
        people: peopleOf(sources, service),
        bots: {
          ...{ target: service.bots.target, quarantined: service.bots.quarantined },
          ...{ states: sources.botStates(), deployed: sources.deployedStates() },
        },
        matches: {
          ...{ person_person: service.matches.personPerson, person_bot: service.matches.personBot },
          live: service.matches.live,
        },
        messages: service.messages,
        pool: poolOf(sources.pool.getStats(), changes),
        work: workOf(sources.work()),
        strategies: strategiesOf(sources.strategies()),
        database: databaseOf(sources.connections()),
        process: processOf(sources, cpuRatio, streams),
        ...{ replicas: replicasOf(members).slice(0, REPLICAS_SHOWN), replica_count: members.live.length },
      };
    },
    close: changes.close,
  };
}

/** What /readyz says, whole. */
function shownReadiness(sources: SnapshotSources): ConsoleSnapshot["readiness"] {
  const { ok, status, dependencies, loops } = readinessOf(sources);
  return {
    ...{ ok, status },
    dependencies: dependencies.map(({ detail = null, errorCode: error_code = null, ...dependency }) => ({
      ...{ ...dependency, detail, error_code },
    })),
    loops: loops.map(({ name, state, since, failureCount: failure_count, errorCode = null, detail = null }) => ({
      ...{ name, state, since, failure_count, error_code: errorCode, detail },
    })),
  };
}

function peopleOf({ waits, longestWaitMs }: SnapshotSources, { people }: ServiceSnapshot): ConsoleSnapshot["people"] {
  const { mean: _mean, ...wait_ms } = summarize(waits.values());
  return { ...people, longest_wait_ms: longestWaitMs(), wait_ms };
}

function poolOf(stats: PoolStats, changes: ReturnType<typeof watchPool>): ConsoleSnapshot["pool"] {
  const { state, errorClass: error_class, cause } = stats.breaker;
  const { mean: _mean, ...response_ms } = stats.responseMs;
  const budget = (name: "joins" | "events" | "presence") => ({ ...stats.budgets[name], held_ms: changes.heldMs(name) });
  return {
    breaker: { state, error_class, cause, since: changes.breakerSince() },
    ...{ sockets: stats.sockets, slots: stats.slots, channels: stats.channels, joins: stats.joins },
    budgets: { joins: budget("joins"), events: budget("events"), presence: budget("presence") },
    ...{ reconnects: stats.reconnects, response_ms, errors_by_class: stats.errorsByClass },
  };
}

/** Notes since when the breaker is as it is, and how long budgets are held. */
function watchPool({ clock, pool }: Pick<SnapshotSources, "clock" | "pool">) {
  const nowIso = () => new Date(clock.now()).toISOString();
  const heldUntilMs = { joins: 0, events: 0, presence: 0 };
  let since = nowIso();
  let state = pool.getStats().breaker.state;
  const offs: Unsubscribe[] = [
    pool.events.on("breaker:changed", (event) => {
      if (event.state !== state) since = nowIso();
      state = event.state;
    }),
    pool.events.on("budget:throttled", ({ budget, coolDownMs }) => {
      heldUntilMs[budget] = clock.monotonicMs() + coolDownMs;
    }),
  ];
  return {
    breakerSince: () => since,
    heldMs: (budget: keyof typeof heldUntilMs) => Math.max(0, Math.round(heldUntilMs[budget] - clock.monotonicMs())),
    close() {
      for (const off of offs) off();
    },
  };
}

function workOf(figures: WorkFigures | undefined): ConsoleSnapshot["work"] {
  if (!figures) return null;
  const { pending, running, dead, oldestPendingMs, processedLastHour } = figures.counts;
  const depths = figures.depths ?? [];
  const sum = (figure: "length" | "dlqLength") => depths.reduce((total, depth) => total + depth[figure], 0);
  const oldestMs = depths.reduce((most, { oldestMs }) => Math.max(most, oldestMs ?? -1), -1);
  return {
    jobs: { pending, running, dead, oldest_pending_ms: oldestPendingMs, processed_last_hour: processedLastHour },
    messages: { pending: sum("length"), dead: sum("dlqLength"), oldest_ms: oldestMs < 0 ? null : oldestMs },
    schedule_overdue_ms: figures.scheduleOverdueMs,
  };
}

function strategiesOf(figures: StrategyFigures | undefined): ConsoleSnapshot["strategies"] {
  if (!figures) return null;
  const { running, paused, stopped, quarantined, dueCount, oldestDueMs, ownerCount, failingOwnerCount } = figures;
  return {
    ...{ running, paused, stopped, quarantined, due: dueCount, oldest_due_ms: oldestDueMs },
    ...{ owners: ownerCount, owners_failing: failingOwnerCount },
    orders: {
      ...figures.orders,
      oldest_intended_ms: figures.oldestIntendedMs,
      oldest_unknown_ms: figures.oldestUnknownMs,
    },
  };
}

const databaseOf = ({ busyCount: busy, waitingCount: waiting, limit }: ConnectionFigures) => ({ busy, waiting, limit });

function processOf(
  { health, processFigures }: SnapshotSources,
  cpuRatio: (cpuSeconds: number) => number,
  streams: number,
): ConsoleSnapshot["process"] {
  const { residentBytes, heapUsedBytes, cpuSeconds, openFds } = processFigures();
  const { lagMs, maxLagMs } = health.liveness().eventLoop;
  return {
    ...{ resident_bytes: residentBytes, heap_used_bytes: heapUsedBytes, cpu_ratio: cpuRatio(cpuSeconds) },
    ...{ lag_ms: lagMs, max_lag_ms: maxLagMs, open_files: openFds, streams },
  };
}

/** Returns the part of one processor that was used since it was last asked. */
function watchCpu(clock: Clock): (cpuSeconds: number) => number {
  let last = { atMs: Number.NaN, cpuSeconds: 0 };
  let ratio = 0;
  return (cpuSeconds) => {
    const nowMs = clock.monotonicMs();
    const passedMs = nowMs - last.atMs;
    if (passedMs > 0) ratio = Math.round(((cpuSeconds - last.cpuSeconds) * SECOND_MS * 1000) / passedMs) / 1000;
    if (!(passedMs <= 0)) last = { atMs: nowMs, cpuSeconds };
    return ratio;
  };
}

function replicasOf({ live, seniors }: SnapshotSources["members"]): ConsoleSnapshot["replicas"] {
  const lead = seniors[0]?.replicaId;
  const leadFirst = live.toSorted((one, other) => Number(other.replicaId === lead) - Number(one.replicaId === lead));
  return leadFirst.map(({ replicaId: replica_id, version, role, isDraining: is_draining, isLate: is_late }) => ({
    ...{ replica_id, version, role, is_draining, is_late, is_lead: replica_id === lead },
  }));
}
