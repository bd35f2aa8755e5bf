import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, sleep } from "@shoal/kernel";
import { type SpawnedRealtimeServer, spawnRealtimeServer } from "@shoal/local-supabase/spawn";
import { createDatabase, type Database } from "@shoal/store";
import { ownPostgres, startPgbouncer } from "@shoal/testkit";
import { treeOf } from "../sandbox/measure.ts";
import { previousTree } from "./previous-tree.ts";
import { Replica, ROOT } from "./replica.ts";
import type { ReplicaName, Scenario } from "./scenario.ts";

/** Joins per second that the project allows to everybody. @source the default of a self-hosted server */
export const JOINS_PER_SECOND = 100;
/** Sessions of a pooler: more than the daemons of a scenario hold at rest in session mode. */
const POOLER_SESSIONS = 40;

export const runtime = createSystemRuntime();

/** The servers of a scenario, and the daemons that it starts. */
export interface World extends AsyncDisposable {
  readonly realtime: SpawnedRealtimeServer;
  /** Reaches the Postgres directly. */
  readonly database: Database<string>;
  readonly replicas: ReadonlyMap<ReplicaName, Replica>;
  /** Of daemons; kept when something was found. */
  readonly directory: string;
  start(name: ReplicaName): Promise<Replica>;
  restartPostgres(): void;
  hangPostgres(forMs: number): Promise<void>;
  /** Keeps the logs. */
  keep(): void;
}

export interface WorldOptions {
  readonly scenario: Scenario;
  /** A database to use in place of one of an own server. No step may restart it then. */
  readonly databaseUrl?: string | undefined;
  readonly pgbouncer?: string | undefined;
}

export async function openWorld({ scenario, databaseUrl, pgbouncer }: WorldOptions): Promise<World> {
  await using undo = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), `shoal-replicas-${scenario.name.replaceAll(/\W+/g, "-")}-`));
  let isKept = false;
  undo.defer(() => {
    if (!isKept) rmSync(directory, { recursive: true, force: true });
  });
  const { joinsPerSecond = JOINS_PER_SECOND } = scenario;
  const realtime = await spawnRealtimeServer({ limits: { plan: "unlimited", joinsPerSecond } });
  undo.defer(() => realtime.close());
  const postgres = databaseUrl ? undefined : undo.use(await ownPostgres({ backend: "server" }));
  const url = databaseUrl ?? postgres?.url ?? "";
  const database = createDatabase<string>({ url, runtime, maxConnections: 3 });
  undo.defer(() => database.close());
  const { through = "direct" } = scenario;
  const pooled = async (mode: "session" | "transaction") => {
    if (!pgbouncer) throw new Error("there is no pgbouncer here");
    return undo.use(await startPgbouncer({ program: pgbouncer, url, mode, sessionCount: POOLER_SESSIONS })).url;
  };
  const reachedAt = through === "direct" ? url : await pooled(through);
  const cuts = scenario.steps.flatMap((step) => (step.do === "cut" ? [step] : []));
  const replicas = new Map<ReplicaName, Replica>();
  const start = async (name: ReplicaName) => {
    const replica = await Replica.start({
      name,
      tree: scenario.previous?.includes(name) ? previousTree() : ROOT,
      directory,
      realtimeUrl: realtime.url,
      serviceRoleKey: realtime.serviceRoleKey,
      databaseUrl: reachedAt,
      environment: {
        BOT_MIN_COUNT: String(scenario.bots),
        BOT_MAX_COUNT: String(scenario.bots),
        // Bots do not leave by themselves.
        CONVERSATION_MAX_MESSAGES: "10000",
        CONVERSATION_IDLE_MS: "3600000",
        MATCH_BOT_AFTER_MS: "0",
        POOL_JOINS_PER_SECOND: String(joinsPerSecond),
        ...scenario.environment,
      },
      clockOffMs: scenario.clockOffMs?.[name] ?? 0,
      cuts: cuts.filter(({ replica }) => replica === name).map(({ from }) => from),
    });
    kept.use(replica);
    replicas.set(name, replica);
    return replica;
  };
  const kept = undo.move();
  const postmaster = () => {
    if (!postgres) throw new Error("the Postgres is not this scenario's own");
    return postgres.pid;
  };
  return {
    ...{ realtime, database, replicas, directory, start },
    restartPostgres() {
      process.kill(postmaster(), "SIGQUIT");
    },
    async hangPostgres(forMs) {
      // It starts no more while it is frozen, so it goes first, and last when they go on.
      process.kill(postmaster(), "SIGSTOP");
      const pids = treeOf(postmaster());
      for (const pid of pids) process.kill(pid, "SIGSTOP");
      await sleep(runtime.clock, forMs);
      for (const pid of pids.toReversed()) process.kill(pid, "SIGCONT");
    },
    keep() {
      isKept = true;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
