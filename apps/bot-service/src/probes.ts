import { errorFields, every, type Log, type Runtime, type Timer, withTimeout } from "@shoal/kernel";
import type { DependencyReport, Health } from "@shoal/monitor";
import type { ErrorClass, RealtimePool } from "@shoal/realtime-pool";
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
}

/** Adds a dependency to `health` that says so in the log when its state changes, in one line. */
function watched(health: Health, log: Log, name: string, required: boolean) {
  const dependency = health.dependency(name, { required });
  let told: string = "unknown";
  let isFirst = true;
  return {
    set(report: DependencyReport): void {
      dependency.set(report);
      const { state, detail, errorCode } = report;
      // At the first look nothing has had the time to come up.
      const isNews = state !== told && (state === "ok" || !isFirst);
      isFirst = false;
      if (!isNews) return;
      const fields = { dependency: name, state, was: told, detail, error_code: errorCode };
      log[state === "down" ? "warn" : "info"](fields, "a dependency changed its state");
      told = state;
    },
  };
}

/** Asks each dependency every 2 s how it is, for `/readyz`. Cancel to stop. */
export function startProbes(options: ProbeOptions): Timer {
  const { health, runtime, database, pool, lobby, isMigrated } = options;
  const databaseHealth = watched(health, runtime.log, "database", true);
  const realtimeHealth = watched(health, runtime.log, "realtime", true);
  const lobbyHealth = watched(health, runtime.log, "lobby", false);
  const others = Object.entries(options.others).map(([name, read]) => {
    const dependency = watched(health, runtime.log, name, false);
    return () => dependency.set(read());
  });
  let lastFailure: { readonly errorClass: ErrorClass; readonly code: number } | undefined;
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
    const { channels, sockets } = pool.getStats();
    const awaited = channels.waiting + channels.joining;
    if (sockets.open === 0) {
      const why = lastFailure ? `; last closed with code ${lastFailure.code}, class ${lastFailure.errorClass}` : "";
      realtimeHealth.set({ state: "down", detail: `no socket is open${why}` });
    } else if (awaited > 0)
      realtimeHealth.set({
        state: "degraded",
        detail: `${awaited} ${awaited === 1 ? "channel is" : "channels are"} not joined`,
      });
    else realtimeHealth.set({ state: "ok" });
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
