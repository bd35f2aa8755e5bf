import { createEmitter, unreported } from "@shoal/kernel";
import { createMatchmaker, type Matchmaker } from "@shoal/matchmaker";
import { type Database, nameOfStatement, type Sql, StoreError } from "@shoal/store";
import { type TestDatabase, testRuntime } from "@shoal/testkit";
import { onTestFinished } from "vitest";
import { createAnalyticsPart } from "../src/analytics/part.ts";
import { parseConfig } from "../src/config.ts";
import { createControlPart } from "../src/control/part.ts";
import type { DeployedRunner, DeployedRunnerEvents } from "../src/control/runner.ts";
import { echoKind } from "../src/fleet/fleet.test-support.ts";
import { buildFleetConfig } from "../src/fleet-config.ts";
import { createJobsPart } from "../src/jobs/part.ts";
import { createPulse } from "../src/pulse/pulse.ts";
import { unwatchedMembers } from "../src/replicas/members.test-support.ts";
import { isFirst } from "../src/replicas/seniority.ts";
import { createStrategyFiguresPart } from "../src/strategies/figures/part.ts";
import { createStrategiesPart } from "../src/strategies/part.ts";
import { deaf, noPool } from "./control-support.ts";

/** What becomes of announcements: heard, lost on their way, or not to be had at all. */
export type Announcements = "heard" | "lost" | "unsupported";

export interface IdleDaemonOptions {
  readonly announcements?: Announcements;
  /** Whether each pulse fails. */
  readonly losesPulses?: boolean;
}

/** All that asks the database in a daemon, on a clock that stands still; the database and its clock are real. */
export interface IdleDaemon {
  readonly matchmaker: Matchmaker;
  /** Names of the statements sent so far; a transaction adds `begin` and `commit`. */
  readonly sent: readonly string[];
  /** Lets so much time go by, with every statement answered before the next moment. */
  pass(ms: number): Promise<void>;
}

const STEP_MS = 250;
const KEY = `k1:${"A".repeat(43)}`;
const NO_BOTS = { idleBots: () => [], reserve: () => false, unreserve() {} };

/** Starts a daemon with everything on but its sockets and HTTP. It ends with the test. */
export async function idleDaemon(test: TestDatabase, options: IdleDaemonOptions = {}): Promise<IdleDaemon> {
  const runtime = testRuntime();
  const replicaId = test.runtime.ids.uuid();
  const { config } = parseConfig({
    ...{ ENCRYPTION_KEY: KEY, MAX_CONCURRENT_STRATEGIES: "1" },
    ALERT_WEBHOOK_URLS: "https://alerts.example.com",
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  const counted = counting(withAnnouncements(test.connect(), options.announcements ?? "heard"), options);
  const { database } = counted;
  const members = unwatchedMembers(replicaId);
  const pulse = createPulse({ database, runtime, members });
  const health = { reportLoop: unreported, readiness: () => ({ loops: [] }) };
  const base = { config, runtime, replicaId, database, members, pulse, signal, health };
  const matchmaker = createMatchmaker({
    ...{ ...base, bots: NO_BOTS, sweep: pulse.sweep },
    isHousekeeper: () => isFirst(members, "worker"),
  });
  const strategies = createStrategiesPart(base);
  const control = createControlPart({ ...base, health: health as never, pool: noPool as never, deployed: takesAll() });
  const fleet = buildFleetConfig({}, { disclosure: true });
  const jobs = createJobsPart({ ...base, fleet, backgroundDatabase: database, housekeepingDatabase: database });
  const figures = createStrategyFiguresPart(base);
  const analytics = createAnalyticsPart({ ...base, fleet, backgroundDatabase: database });
  onTestFinished(async () => {
    stopping.abort(new Error("the test is over"));
    await Promise.all([
      matchmaker.drain(),
      strategies.drain(100),
      control.drain(100),
      jobs.drain(100),
      analytics.drain(100),
    ]);
    await Promise.all([figures.close(), analytics.close(100), strategies.close(100), jobs.close(), control.close()]);
    pulse.close();
  });
  matchmaker.start();
  strategies.start();
  control.start();
  jobs.start(signal);
  figures.start();
  analytics.start(signal);
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= STEP_MS) {
      await runtime.clock.advance(Math.min(STEP_MS, left));
      await counted.answered();
    }
  };
  await counted.answered();
  // The queues are made by a chain of statements.
  await pass(5_000);
  return { matchmaker, sent: counted.sent, pass };
}

function withAnnouncements(database: Database, announcements: Announcements): Database {
  if (announcements === "unsupported") return deaf(database as Database<string>) as Database;
  if (announcements === "heard") return database;
  return { ...database, listen: (channel, _onPayload, onListening) => database.listen(channel, () => {}, onListening) };
}

/** Counts statements, and knows when all of them are answered. */
export function counting(database: Database, { losesPulses = false }: Pick<IdleDaemonOptions, "losesPulses"> = {}) {
  const sent: string[] = [];
  let underWay = 0;
  let change = Promise.withResolvers<void>();
  const answered = async () => {
    do {
      while (underWay > 0) await change.promise;
      for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
    } while (underWay > 0);
  };
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
      change.resolve();
      change = Promise.withResolvers();
    }
  };
  const counted = (sql: Sql): Sql => ({
    query(text, params) {
      const name = nameOfStatement(text) ?? "unnamed";
      sent.push(name);
      if (losesPulses && name === "pulse") return Promise.reject(new StoreError("STORE_UNAVAILABLE", "lost"));
      return during(() => sql.query(text, params));
    },
    script(text) {
      sent.push("script");
      return during(() => sql.script(text));
    },
  });
  const watched: Database = {
    ...database,
    ...counted(database),
    transaction(work) {
      sent.push("begin", "commit");
      return during(() => database.transaction((tx) => work(counted(tx))));
    },
    listen: (...asked) => during(() => database.listen(...asked)),
  };
  return { database: watched, sent, answered };
}

/** A runner that has room for every bot. */
function takesAll(): DeployedRunner & { countByStatus(): Record<string, number> } {
  return {
    events: createEmitter<DeployedRunnerEvents>(),
    kinds: new Map([["echo", { ...echoKind, checkSettings: () => null }]]),
    ...{ maxCount: 10, freeCount: 10, freeForOperatorCount: 10, run: () => true, stop() {}, drop() {} },
    ...{ has: () => false, giveAway: () => [], silence: () => false },
    drain: async () => {},
    countByStatus: () => ({}),
  } as unknown as DeployedRunner & { countByStatus(): Record<string, number> };
}
