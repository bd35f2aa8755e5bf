import { describeWorkSource, type SourceHarness } from "@shoal/job-queue/conformance";
import type { ClaimedWork, WorkSource } from "@shoal/job-queue/work";
import { createEmitter, createSystemRuntime, type Runtime, unreported } from "@shoal/kernel";
import { beforeEach, expect, it } from "vitest";
import type { StrategyEvents } from "../src/strategies/executor/events.ts";
import type { RunSettlement } from "../src/strategies/executor/run-strategy.ts";
import { released, unable } from "../src/strategies/executor/settled-run.ts";
import { StrategyMemory } from "../src/strategies/executor/strategy-memory.ts";
import {
  StrategySource,
  type StrategySourceOptions,
  type StrategyWork,
} from "../src/strategies/executor/strategy-source.ts";
import { addStrategies, LEASE_MS, ran, strategyTests } from "./strategy-support.ts";

/** Long enough that none is due again while a test lasts. */
const INTERVAL_MS = 31 * 24 * 3_600_000;

const { test } = strategyTests();
let runtime: Runtime;
beforeEach(() => {
  runtime = createSystemRuntime();
});

/** As `executor.ts` has it, of runs that do what the test says. */
const settle: StrategySourceOptions["settle"] = (work, outcome): RunSettlement => {
  if (outcome?.kind === "completed") return { settled: ran(work), missedCount: 0 };
  if (outcome?.kind !== "failed") return { settled: released(work), missedCount: 0 };
  const { code, message, retryInMs } = outcome;
  if (retryInMs !== null) return { settled: unable(work, { code, message, retryInMs }), missedCount: 0 };
  const pause = { status: "quarantined", reason: `${code}: ${message}` } as const;
  return { settled: ran(work, { outcome: "failed", error: { code, message }, pause }), missedCount: 0 };
};

const harness: SourceHarness = {
  get runtime() {
    return runtime;
  },
  open(run, ownRuntime = runtime) {
    const report = unreported("test");
    const source = new StrategySource({
      ...{ database: test.database, runtime: ownRuntime, holder: "me", leaseMs: LEASE_MS, keptRunCount: 3, settle },
      ...{ memory: new StrategyMemory(test.database), events: createEmitter<StrategyEvents>() },
      reports: { claims: report, writesOf: () => report, leases: report },
      handler: { run: (work: StrategyWork, context) => run(work, context) },
      ...{ isAnnounced: () => true, onOrdered() {} },
    });
    // The engine hands a source only work of its own.
    return source as unknown as WorkSource<ClaimedWork>;
  },
  add: (count) =>
    addStrategies(
      test.database,
      Array.from({ length: count }, () => ({ intervalMs: INTERVAL_MS })),
    ),
  offerAgain() {},
  async steal(id) {
    await test.database.query(
      "update shoal.strategy_clock set epoch = epoch + 1, holder = 'other' where strategy_id = $1::uuid",
      [id],
    );
  },
  async stateOf(id) {
    const [row] = await test.database.query<{ status: string; isDone: boolean }>(
      `select s.status, c.total_executions > 0 as "isDone" from shoal.strategies s
       join shoal.strategy_clock c on c.strategy_id = s.id where s.id = $1::uuid`,
      [id],
    );
    if (row?.status === "quarantined") return "dead";
    return row?.isDone ? "done" : "open";
  },
};

describeWorkSource("strategies", () => harness);

it("strategies come last in a claim whose claims were lost before, most often at the end", async () => {
  const ids = await harness.add(4);
  const lost = [3, 0, 1, 0];
  await test.database.query(
    "update shoal.strategy_clock c set lost_claims = l.n from unnest($1::uuid[], $2::int[]) as l (id, n) where l.id = c.strategy_id",
    [ids, lost],
  );
  const source = harness.open(async () => {});
  const { claimed } = await source.completeAndClaim([], [{ lane: "strategies", quantity: 4 }], true);
  expect(claimed.map(({ id }) => lost[ids.indexOf(id)])).toEqual([0, 0, 1, 3]);
});
