import {
  BotManager,
  BotRegistry,
  buildFleetConfig,
  type Control,
  createControl,
  createLimitedLines,
  createMembers,
} from "@shoal/bot-service/internals";
import { FleetError } from "@shoal/kernel";
import { createRealtimePool, PLAN_LIMITS, type RealtimePool } from "@shoal/realtime-pool";
import type { Database, Sql } from "@shoal/store";
import { type Project, runtime } from "./project.ts";

/** The one source of notifications about commands. */
export type Way = "listen" | "changes";

/** The defaults of BOT_DEPLOYED_MAX and CONTROL_CATCH_UP_MS, but with capacity for a burst. */
const CATCH_UP_MS = 5000;
const DEPLOYED_MAX = 2000;

/** The part of a daemon that receives commands and runs bots, composed as in the daemon. */
export interface Daemon extends AsyncDisposable {
  readonly control: Control;
  readonly registry: BotRegistry;
  /** Statements sent to the database since the start. */
  readonly queryCount: number;
}

export interface DaemonOptions {
  readonly way: Way;
  /** Whether each bot joins the lobby and is shown there before it counts as running. */
  readonly showsInLobby: boolean;
}

export async function startDaemon(project: Project, { way, showsInLobby }: DaemonOptions): Promise<Daemon> {
  const { database, count } = counted(project.connect());
  const { url, serviceRoleKey: apiKey } = project.local;
  const options = { start: { mode: "quota" }, unknownServerAge: "cold", ...PLAN_LIMITS["self-hosted"] } as const;
  const pool = createRealtimePool({ url, apiKey, runtime, options });
  const registry = new BotRegistry(runtime);
  const unsent = createLimitedLines({ ...runtime, level: "warn", more: "more broadcasts of bots failed" });
  const manager = new BotManager({
    members: createMembers({ runtime, replicaId: runtime.ids.uuid(), version: "0.0.0", role: "all", botMax: 0 }),
    pool,
    fleet: buildFleetConfig({}, { disclosure: true }),
    runtime,
    registry,
    matches: { confirm: () => {}, confirmInRoom: () => {}, end: () => {} },
    scaling: { minCount: 0, maxCount: 0, targetPercentage: 0, stabilizationMs: 60_000 },
    deployedMax: DEPLOYED_MAX,
    maintenanceIntervalMs: 60_000,
    confirmMs: 8000,
    channelAccess: "public",
    unsent,
    showsInLobby,
    deployedEntryMax: () => DEPLOYED_MAX,
    countPeople: async () => 0,
  });
  const control = createControl({
    database: way === "listen" ? database : withoutListen(database),
    pool: way === "changes" ? pool : NO_POOL,
    runtime,
    replicaId: runtime.ids.uuid(),
    runner: manager.deployed,
    catchUpMs: CATCH_UP_MS,
    perOwnerCount: DEPLOYED_MAX,
    openTo: "nobody",
  });
  const ready = control.events.next("control:feed", ({ state }) => state[way] === "ready");
  control.start();
  await ready;
  return {
    control,
    registry,
    get queryCount() {
      return count();
    },
    async [Symbol.asyncDispose]() {
      await control.drain(30_000);
      await manager.drain(30_000);
      unsent.close();
      await pool.close();
    },
  };
}

/** Stands for an absent Realtime. */
const NO_POOL: Pick<RealtimePool, "acquire"> = {
  acquire: (_topic, { signal } = {}) =>
    new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true })),
};

/** Behaves as through a transaction pooler. */
function withoutListen(database: Database): Database {
  return {
    ...database,
    async listen() {
      throw new FleetError("STORE_LISTEN_UNSUPPORTED", "a transaction pooler");
    },
  };
}

function counted(database: Database): { database: Database; count: () => number } {
  let sent = 0;
  const counting = (sql: Sql): Sql => ({
    query(text, params) {
      sent += 1;
      return sql.query(text, params);
    },
    script(text) {
      sent += 1;
      return sql.script(text);
    },
  });
  return {
    count: () => sent,
    database: {
      ...database,
      ...counting(database),
      transaction(work) {
        // Counts BEGIN and COMMIT.
        sent += 2;
        return database.transaction((tx) => work(counting(tx)));
      },
    },
  };
}
