import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Clock, createSystemClock, MINUTE_MS } from "@shoal/kernel";
import { spawnRealtimeServer } from "@shoal/local-supabase/spawn";
import {
  createSimulatedClock,
  soakRuns,
  spawnProgram,
  testDatabase,
  testServers,
  throwawayRoot,
  until,
} from "@shoal/testkit";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { only, render } from "./render.ts";
import { type ScaledObject, startScaler } from "./scaler.ts";

const { helm = "" } = testServers();
const MAIN = join(import.meta.dirname, "../../../apps/bot-service/src/main.ts");
/** So much faster than Kubernetes are the scaler's looks and windows, not the daemons. */
const HURRY = 10;
const DEPLOYED_MAX = 3;

/** Starts the servers of daemons, and returns how one is started, and what they say of themselves in the database. */
async function daemons() {
  const test = await testDatabase();
  const realtime = await spawnRealtimeServer({ limits: { plan: "unlimited" } });
  const directory = mkdtempSync(join(throwawayRoot(), "shoal-scaled-"));
  onTestFinished(async () => {
    await realtime.close();
    await test[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });
  const start = (count: number) =>
    spawnProgram([MAIN, "start"], {
      ...{ stdout: "ignore", stderr: "ignore" },
      env: {
        ...{ SUPABASE_URL: realtime.url, SUPABASE_SERVICE_ROLE_KEY: realtime.serviceRoleKey, DATABASE_URL: test.url },
        ...{ SHOAL_API_TOKEN: "0123456789abcdef", SHOAL_DIRECTORY: join(directory, `${count}`), HTTP_PORT: "0" },
        ...{ CHANNEL_ACCESS: "public", START_MODE: "quota", BOT_MIN_COUNT: "0", BOT_DEPLOYED_MAX: `${DEPLOYED_MAX}` },
      },
    });
  const count = async (from: string): Promise<number> => {
    const [row] = await test.database.query<{ count: number }>(`select count(*)::integer as count from ${from}`);
    return row?.count ?? 0;
  };
  return { ...test, start, count };
}

describe.runIf(helm)("the ScaledObject of the chart", () => {
  let scaledObject: ScaledObject;
  beforeAll(async () => {
    scaledObject = only(await render(helm, "defaults", "--set", "autoscaling.mode=keda"), "ScaledObject");
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

  // A minute of real time, so only in a soak.
  it.each(Array.from({ length: soakRuns(0, 1) }, (_, round) => round))(
    "has as many daemons run as their deployed bots need, and fewer when those are stopped (%i)",
    async () => {
      const values = `autoscaling.mode=keda,config.BOT_DEPLOYED_MAX=${DEPLOYED_MAX}`;
      const scaledObject = only<ScaledObject>(await render(helm, "defaults", "--set", values), "ScaledObject");
      const { database, start, count } = await daemons();
      const system = createSystemClock();
      const clock: Pick<Clock, "monotonicMs" | "after"> = {
        monotonicMs: () => system.monotonicMs() * HURRY,
        after: (delayMs, fire) => system.after(delayMs / HURRY, fire),
      };
      const running = [start(0), start(1)];
      const ended: number[] = [];
      const living = () => count("shoal.replicas where expires_at > clock_timestamp()");
      await until(async () => (await living()) === 2);
      const end = startScaler({
        ...{ scaledObject, clock, replicas: 2 },
        ask: async (query) => Number(Object.values((await database.query(query))[0] ?? {})[0]),
        async change(by) {
          for (let n = 0; n < by; n += 1) running.push(start(running.length));
          for (const daemon of by < 0 ? running.splice(by) : []) {
            daemon.kill("SIGTERM");
            ended.push(await daemon.exited);
          }
        },
      });
      onTestFinished(end);
      const runs = () => count("public.bot_deployments where status = 'running'");
      const command = (name: string, from: number) =>
        database.query(
          `insert into public.bot_control (bot_id, command) select 'bot-' || n, $1 from generate_series($2::integer, 12) n`,
          [name, from],
        );
      await command("START_BOT", 1);
      await until(async () => (await living()) === 4 && (await runs()) === 12);
      await command("STOP_BOT", 4);
      await until(async () => (await living()) === 2 && (await runs()) === 3);
      expect(ended).toEqual([0, 0]);
      expect(running.map(({ exitCode }) => exitCode)).toEqual([null, null]);
    },
  );
});
