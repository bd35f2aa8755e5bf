import { isFleetError, pick, type Rng, seededRng } from "@shoal/kernel";
import { backends, soakRuns, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  forgetStrategies,
  makeDesk,
  operator,
  owner,
  somebody,
  sourceOf,
} from "../src/strategies/desk/desk.test-support.ts";
import type { StrategyDesk } from "../src/strategies/desk/strategy-desk.types.ts";
import type { SettledRun } from "../src/strategies/executor/settled-run.types.ts";
import { ran, released, turn, unable, wrongOwners } from "./strategy-support.ts";

const STEPS = soakRuns(40, 2000);
const NAMES = ["a", "b", "c"];
const ASKERS = [owner, somebody, operator];

describe.each(backends())("owners, operators and executors at the same strategies on the %s backend", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it("wait for each other and never in a circle, run nothing twice, and leave owners that are due when their strategies are", async () => {
    await forgetStrategies(test);
    const database = test.connect(10);
    const unexpected: unknown[] = [];
    const begun = new Set<string>();

    /** Does what chance says to what chance finds. What the desk refuses is as good. */
    const person = async (seed: number) => {
      const rng = seededRng(seed);
      const { desk } = makeDesk({ ...test, database });
      const deeds: readonly ((asker: (typeof ASKERS)[number], id: string) => Promise<unknown>)[] = [
        (asker) => desk.deploy(asker, deployOf(rng)),
        (asker) => desk.deploy(asker, { ...deployOf(rng), idempotencyKey: pick(rng, ["k1", "k2"]) }),
        (asker, id) => desk.updateConfig(asker, id, { value: rng.next() }),
        (asker, id) => desk.rollback(asker, id),
        (asker, id) => desk.close(asker, id, { key: `${rng.next()}` }),
        ...(["start", "stop", "pause", "resume", "restart", "execute", "execute", "remove"] as const).map(
          (name) => (asker: (typeof ASKERS)[number], id: string) => desk[name](asker, id),
        ),
      ];
      for (let step = 0; step < STEPS; step += 1) {
        const found = await desk.list(operator, { limit: 10 });
        const id = found.length > 0 ? pick(rng, found).strategy_id : "none";
        await pick(rng, deeds)(pick(rng, ASKERS), id).catch((error: unknown) => {
          if (!isFleetError(error) || !error.code.startsWith("STRATEGY_")) unexpected.push(error);
        });
      }
    };

    const executor = async (seed: number, isOver: () => boolean) => {
      const rng = seededRng(seed);
      const holder = `w${seed}`;
      let done: SettledRun[] = [];
      while (!isOver() || done.length > 0) {
        const { claimed } = await turn(database, { holder, limit: isOver() ? 0 : 3, done }).catch((error: unknown) => {
          unexpected.push(error);
          return { claimed: [] };
        });
        done = claimed.map((each) => {
          const run = `${each.id}:${each.epoch}`;
          if (begun.has(run)) unexpected.push(new Error(`${run} was claimed twice`));
          begun.add(run);
          return rng.next() < 0.7
            ? ran(each, { nextAtMs: each.nowMs + 500 })
            : rng.next() < 0.5
              ? unable(each, 1)
              : released(each);
        });
      }
    };

    let isOver = false;
    const executors = [1, 2].map((seed) => executor(seed, () => isOver));
    await Promise.all([1, 2, 3, 4].map(person));
    isOver = true;
    await Promise.all(executors);
    expect(unexpected).toEqual([]);
    expect(await wrongOwners(database)).toEqual([]);
    const strays = await database.query(
      `select from shoal.strategies s join shoal.strategy_clock c on c.strategy_id = s.id
       where s.status = 'running' and c.due_at is null or s.status <> 'running' and c.due_at is not null and not c.is_manual and c.claimed_at is null`,
    );
    expect(strays).toEqual([]);
  });
});

function deployOf(rng: Rng): Parameters<StrategyDesk["deploy"]>[1] {
  const timing = pick(rng, [
    { kind: "interval", intervalMs: 1000 },
    { kind: "cron", cron: "* * * * * *", zone: "UTC" },
  ] as const);
  return { name: pick(rng, NAMES), source: sourceOf({ needs: pick(rng, [[], ["BTC/USDT"]]) }), timing };
}
