/**
 * Runs the executor of strategies in a separate process, composed as in the daemon: `bun executor-process.ts <url> <variables as JSON>`.
 * Answers the requests of the benchmark, and ends when its parent does.
 */
import { createStrategiesPart, parseConfig } from "@shoal/bot-service/internals";
import { createSystemRuntime, unreported } from "@shoal/kernel";
import { createDatabase, type Database, type Sql } from "@shoal/store";
import type { Language } from "@shoal/strategy-runner";
import { answerParent } from "../child.ts";
import { quantile } from "../sandbox/measure.ts";
import type { ExecutorRequest, RunFigures } from "./executor.ts";

const runtime = createSystemRuntime();
const { clock } = runtime;
const [url = "", variables = "{}"] = process.argv.slice(2);
const stop = new AbortController();

/** When each strategy under way was claimed, by its id. */
const claimedMs = new Map<string, number>();
let tookMs: number[] = [];
let ranCount = 0;
let failedCount = 0;
let queryCount = 0;

interface TurnRow {
  readonly kind?: unknown;
  readonly id?: unknown;
}

/** Counts statements, and notes which strategies they have claimed. */
function watched(database: Database): Database {
  const watching = (sql: Sql): Sql => ({
    async query(text, params) {
      queryCount += 1;
      const rows = await sql.query(text, params);
      const nowMs = clock.monotonicMs();
      for (const { kind, id } of rows as readonly TurnRow[]) if (kind === "claimed") claimedMs.set(String(id), nowMs);
      return rows as never;
    },
    script(text) {
      queryCount += 1;
      return sql.script(text);
    },
  });
  return {
    ...database,
    ...watching(database),
    transaction(work) {
      // Counts BEGIN and COMMIT.
      queryCount += 2;
      return database.transaction((tx) => work(watching(tx)));
    },
  };
}

const { config } = parseConfig(JSON.parse(variables));
const database = watched(createDatabase({ url, runtime, maxConnections: 5 }));
const part = createStrategiesPart({
  ...{ config, runtime, database, signal: stop.signal, replicaId: runtime.ids.uuid() },
  health: { reportLoop: unreported, readiness: () => ({ loops: [] }) },
  // As in a daemon: announcements tell of all that is due here.
  pulse: { isBeating: true, watch() {} },
});

part.events.on("strategy:ran", ({ strategyId, outcome }) => {
  ranCount += 1;
  if (outcome !== "ok") failedCount += 1;
  const startedMs = claimedMs.get(strategyId);
  claimedMs.delete(strategyId);
  if (startedMs !== undefined) tookMs.push(clock.monotonicMs() - startedMs);
});

function figures(): RunFigures {
  const told = tookMs.length === 0 ? [0] : tookMs;
  const result = {
    ...{ ranCount, failedCount, queryCount },
    claimToWrittenP50Ms: quantile(told, 0.5),
    claimToWrittenP99Ms: quantile(told, 0.99),
  };
  [tookMs, ranCount, failedCount, queryCount] = [[], 0, 0, 0];
  return result;
}

/** Deploys as the operator, and waits for the first run. */
async function deploy(
  source: string,
  language: Language,
): Promise<{ readonly strategyId: string; readonly tookMs: number }> {
  const startedMs = clock.monotonicMs();
  // From before the deploy on: the run may be over before the deploy has answered.
  const ran = new Set<string>();
  let onEach = () => {};
  const unsubscribe = part.events.on("strategy:ran", ({ strategyId }) => {
    ran.add(strategyId);
    onEach();
  });
  const { strategy } = await part.desk.deploy(
    { userId: null },
    {
      source,
      language,
      name: runtime.ids.uuid(),
      timing: { kind: "interval", intervalMs: 3_600_000 },
      market: "synthetic",
    },
  );
  const id = strategy.strategy_id;
  while (!ran.has(id)) {
    await new Promise<void>((resolve) => {
      onEach = resolve;
    });
  }
  unsubscribe();
  return { strategyId: id, tookMs: clock.monotonicMs() - startedMs };
}

async function answer(request: ExecutorRequest): Promise<unknown> {
  switch (request.kind) {
    case "figures":
      return figures();
    case "deploy":
      return deploy(request.source, request.language);
    case "memory":
      Bun.gc(true);
      return process.memoryUsage.rss();
  }
}

part.start();
answerParent(answer);
