import { MINUTE_MS } from "@shoal/kernel";
import { createSimulatedClock, testDatabase, testServers } from "@shoal/testkit";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { only, render } from "./render.ts";
import { type ScaledObject, startScaler } from "./scaler.ts";

const { helm = "" } = testServers();

describe.runIf(helm)("the ScaledObject of the chart", () => {
  let scaledObject: ScaledObject;
  beforeAll(async () => {
    scaledObject = only(await render(helm, undefined, "--set", "autoscaling.mode=keda"), "ScaledObject");
  });

  /** A fleet on a clock that stands still: what the query answers is `wanted`, and processes are numbers in a list. */
  const fleet = (replicas: number) => {
    const clock = createSimulatedClock();
    const world = { wanted: replicas, isAway: false, processes: Array.from({ length: replicas }, (_, at) => at) };
    const queries = new Set<string>();
    const end = startScaler({
      ...{ scaledObject, clock, replicas },
      async ask(query) {
        queries.add(query);
        if (world.isAway) throw new Error("the database is away");
        return world.wanted;
      },
      async change(by) {
        if (by < 0) world.processes.splice(by);
        else world.processes.push(...Array.from({ length: by }, (_, at) => world.processes.length + at));
      },
    });
    onTestFinished(end);
    /** Returns the number of processes after each of so many minutes. */
    const minutes = async (count: number) => {
      const seen: number[] = [];
      for (let minute = 0; minute < count; minute += 1) {
        await clock.advance(MINUTE_MS);
        seen.push(world.processes.length);
      }
      return seen;
    };
    return { world, queries, clock, minutes };
  };

  it("asks a query that a database of ours answers with a number", async () => {
    const { queries, minutes } = fleet(2);
    await minutes(1);
    const [query = ""] = queries;
    await using test = await testDatabase();
    const rows = await test.database.query(query);
    expect(rows.map((row) => Object.values(row))).toEqual([[2]]);
  });

  it("has more processes run at once, four a minute", async () => {
    const { world, clock, minutes } = fleet(2);
    world.wanted = 12;
    await clock.advance(45_000);
    expect(world.processes).toHaveLength(6);
    expect(await minutes(2)).toEqual([10, 10]);
  });

  it("ends one a minute, once nobody has wanted more for five minutes", async () => {
    const { world, minutes } = fleet(6);
    expect(await minutes(1)).toEqual([6]);
    world.wanted = 2;
    expect(await minutes(8)).toEqual([6, 6, 6, 6, 5, 4, 3, 2]);
  });

  it("keeps them where fewer are wanted for a while, or nobody answers", async () => {
    const { world, minutes } = fleet(6);
    for (let dip = 0; dip < 3; dip += 1) {
      world.wanted = 2;
      expect(new Set(await minutes(4))).toEqual(new Set([6]));
      world.wanted = 6;
      expect(await minutes(1)).toEqual([6]);
    }
    world.isAway = true;
    expect(new Set(await minutes(20))).toEqual(new Set([6]));
  });

  it("has no fewer than minReplicas and no more than maxReplicas", async () => {
    const { world, minutes } = fleet(2);
    world.wanted = 500;
    expect((await minutes(4)).at(-1)).toBe(10);
    world.wanted = 0;
    expect((await minutes(20)).at(-1)).toBe(2);
  });
});
