import { errorFields, every, type Runtime, type Timer, withTimeout } from "@shoal/kernel";
import type { DependencyReport, DependencyState, Health } from "@shoal/monitor";
import type { ErrorClass, PoolStats, RealtimePool } from "@shoal/realtime-pool";
import type { Database } from "@shoal/store";

const PROBE_INTERVAL_MS = 2000;
const DATABASE_LIMIT_MS = 2000;

export interface ProbeOptions {
  readonly health: Health;
  readonly runtime: Runtime;
  readonly database: Pick<Database, "query">;
  readonly pool: Pick<RealtimePool, "events" | "getStats">;
  readonly lobby: { readonly isWatched: boolean };
  /** Whether the schema is in place. */
  readonly isMigrated: () => boolean;
  /** Parts without which the daemon is ready all the same, by name. */
  readonly others: Readonly<Record<string, () => DependencyReport>>;
  /** Aborted when the daemon drains: from then on it takes its dependencies down itself, which is no news. */
  readonly signal: AbortSignal;
}

interface Watched {
  /** `isAsPlanned`: not well, but as it should be at the moment. */
  set(report: DependencyReport, isAsPlanned?: boolean): void;
}

/** Adds a dependency to `health` that says so in the log when its state changes, in one line. */
function watched({ health, runtime, signal }: ProbeOptions, name: string, required: boolean): Watched {
  const dependency = health.dependency(name, { required });
  let told: DependencyState | "unknown" = "unknown";
  let wasTrouble = false;
  return {
    set(report, isAsPlanned = false) {
      dependency.set(report);
      const { state, detail, errorCode } = report;
      const isQuiet = isAsPlanned && state !== "ok" && told !== "down";
      const isTrouble = state !== "ok" && !isQuiet;
      // A second look must find trouble, too: at the first one it may be on its way up.
      const isCertain = !isTrouble || wasTrouble;
      wasTrouble = isTrouble;
      if (signal.aborted || state === told || isQuiet || !isCertain) return;
      const fields = { dependency: name, state, was: told, detail, error_code: errorCode };
      runtime.log[state === "down" ? "warn" : "info"](fields, "a dependency changed its state");
      told = state;
    },
  };
}

interface SocketFailure {
  readonly errorClass: ErrorClass;
  readonly code: number;
}

function realtimeReport({ channels, sockets, joins }: PoolStats, last: SocketFailure | undefined): DependencyReport {
  if (sockets.open === 0) {
    const why = last ? `; last closed with code ${last.code}, class ${last.errorClass}` : "";
    return { state: "down", detail: `no socket is open${why}` };
  }
  const awaited = channels.waiting + channels.joining;
  if (awaited === 0) return { state: "ok" };
  const why = joins.paced > 0 ? `; ${joins.paced} wait for their turn, as bots start one after the other` : "";
  return { state: "degraded", detail: `${awaited} ${awaited === 1 ? "channel is" : "channels are"} not joined${why}` };
}

/** All that is not joined waits for its turn to start, and nothing stands in the way. */
function isAsPlanned({ channels, joins, breaker }: PoolStats): boolean {
  const isFree = breaker.state === "up" || breaker.state === "unknown";
  return isFree && channels.waiting + channels.joining === joins.paced;
}

/** Asks each dependency every 2 s how it is, for `/readyz`. Cancel to stop. */
export function startProbes(options: ProbeOptions): Timer {
  const { health, runtime, database, pool, lobby, isMigrated } = options;
  const databaseHealth = watched(options, "database", true);
  const realtimeHealth = watched(options, "realtime", true);
  const lobbyHealth = watched(options, "lobby", false);
  const others = Object.entries(options.others).map(([name, read]) => {
    const dependency = watched(options, name, false);
    return () => dependency.set(read());
  });
  let lastFailure: SocketFailure | undefined;
  const off = pool.events.on("socket:closed", ({ errorClass, code }) => {
    if (errorClass !== null) lastFailure = { errorClass, code };
  });
  const loop = health.loop("probes", 10 * PROBE_INTERVAL_MS);

  const probeDatabase = async () => {
    try {
      const asked = await withTimeout(runtime.clock, DATABASE_LIMIT_MS, database.query("select 1"));
      if (asked.kind === "timeout")
        databaseHealth.set({ state: "down", detail: `no answer within ${DATABASE_LIMIT_MS} ms` });
      else if (isMigrated()) databaseHealth.set({ state: "ok" });
      else databaseHealth.set({ state: "down", detail: "the migrations are not applied yet" });
    } catch (thrown) {
      const { error_code: errorCode, error_message: detail } = errorFields(thrown);
      databaseHealth.set({ state: "down", errorCode, detail });
    }
  };
  const probeRealtime = () => {
    const stats = pool.getStats();
    realtimeHealth.set(realtimeReport(stats, lastFailure), isAsPlanned(stats));
    if (lobby.isWatched) lobbyHealth.set({ state: "ok" });
    else
      lobbyHealth.set({ state: "degraded", detail: "the lobby is not watched: people come in by the HTTP API only" });
  };
  const probe = async () => {
    probeRealtime();
    for (const probeOther of others) probeOther();
    await probeDatabase();
    loop.beat();
  };

  const onError = (thrown: unknown) => runtime.log.error(errorFields(thrown), "the probes failed");
  probe().catch(onError);
  const timer = every(runtime.clock, PROBE_INTERVAL_MS, probe, onError);
  return {
    cancel() {
      timer.cancel();
      loop.end();
      off();
    },
  };
}
