import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemClock, createSystemRuntime, isFleetError } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { spawnProgram } from "@shoal/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSandbox, type Sandbox } from "../src/cli/backtest/sandbox.ts";
import { runWords } from "../src/cli/strategies/strategies.test-support.ts";
import { startTestService, type TestService, until } from "./test-service.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
const directory = mkdtempSync(join(tmpdir(), "shoal-strategies-"));
const file = join(directory, "mean.ts");
const write = (quantity: number) =>
  writeFileSync(
    file,
    `import type { Ctx } from "@shoal/strategy";
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1m" as const, count: 30 }] };
export const config = { quantity: ${quantity} };
export async function run(ctx: Ctx<typeof config>) {
  const { close } = ctx.market.candles("BTC/USDT", "1m");
  const runs = ctx.state.get<number>("runs", 0) + 1;
  ctx.state.set("runs", runs);
  ctx.log.info("run", runs, "of", close.length, "candles");
  ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "limit", quantity: ctx.config.quantity, price: 1 });
}
`,
  );

let service: TestService;
let sandbox: Sandbox;
beforeAll(async () => {
  service = await startTestService({ STRATEGY_MARKET: "synthetic" });
  await service.opened;
  sandbox = await openSandbox(1);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const environmentOf = ({ environment: { SHOAL_URL, SHOAL_API_TOKEN } }: TestService) => ({
  SHOAL_URL,
  SHOAL_API_TOKEN,
});
const strategies = (...words: string[]) => {
  const { SHOAL_URL: url, SHOAL_API_TOKEN: token } = service.environment;
  return runWords(words, {
    ...{ clock: createSystemClock(), daemon: () => ({ url, token }) },
    openSandbox: async () => ({ ...sandbox, [Symbol.asyncDispose]: async () => {} }),
  });
};

it("deploys a file, runs it, shows what it did, does a run again, tries the next version on it, and goes back", async () => {
  write(1);
  const deployed = await strategies("deploy", file, "--name", "mean", "--every", "1h", "--cash", "500", "--no-start");
  expect(deployed.json).toMatchObject({ name: "mean", version: 1, status: "stopped", executionInterval: 3600 });
  expect((await strategies("list")).text).toMatch(/^mean +stopped +1 +1h +paper/m);

  const follower = spawnProgram([MAIN, "strategies", "logs", "mean", "-f"], { env: environmentOf(service) });
  const lines = follower.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  for (const count of [1, 2]) {
    await strategies("execute", "mean");
    expect((await lines.next()).value).toMatch(new RegExp(`^\\S+ \\S+ info  run ${count} of 30 candles\\n$`));
  }
  follower.kill("SIGINT");
  expect([await follower.exited, await follower.stderr.text()]).toEqual([0, ""]);

  const { runs } = (await strategies("runs", "mean")).json;
  expect(runs).toMatchObject([
    { outcome: "ok", order_count: 1, has_journal: true },
    { outcome: "ok", order_count: 1 },
  ]);
  expect((await strategies("orders", "mean", "--json")).json.orders).toMatchObject([
    { run_id: runs[0].id, side: "buy", quantity: "1", price: "1", status: "open" },
    { run_id: runs[1].id, status: "open" },
  ]);
  expect((await strategies("positions", "mean")).text).toMatch(/balances +500 USDT\n +equity +500\n/);
  expect((await strategies("show", runs[0].id)).text).toMatch(/^ {2}log +run 2 of 30 candles$/m);

  // The archive has the candles a moment after the run.
  await until(() =>
    strategies("replay", runs[0].id).then(
      () => true,
      (thrown: unknown) => {
        if (!isFleetError(thrown, "STRATEGY_JOURNAL_INPUTS")) throw thrown;
        return false;
      },
    ),
  );
  expect((await strategies("replay", runs[0].id)).json).toMatchObject({ is_equal: true, is_same_build: true });
  const { stopped } = (await strategies("replay", runs[0].id, "--stop-at", "3")).json;
  expect(stopped).toMatchObject({ call: { name: "state.set" }, state: { runs: 1 } });

  write(2);
  const shadow = await strategies("deploy", file, "--name", "mean", "--shadow", "1h");
  expect(shadow.printed.match(/~ buy 1 BTC\/USDT limit 1 -> buy 2 BTC\/USDT limit 1$/gm)).toHaveLength(2);
  expect(shadow.exitCode).toBe(3);
  expect((await strategies("versions", "mean")).json.versions).toHaveLength(1);
  const next = await strategies("deploy", file, "--name", "mean", "--shadow", "1h", "--yes", "--json");
  expect(next.json).toMatchObject({ shadow: { totals: { other: 2 } }, deployed: { version: 2, status: "stopped" } });

  expect((await strategies("rollback", "mean")).json).toMatchObject({
    ...{ version: 3, code_id: deployed.json.code_id },
  });
  expect((await strategies("delete", "mean")).json).toEqual({ strategy_id: deployed.json.strategy_id });
  expect((await strategies("list")).text).toBe("no strategies\n");
});

it("runs one for a message of execution_jobs, and starts and stops it by rows of bot_control and over HTTP", async () => {
  write(1);
  const deployed = await strategies("deploy", file, "--name", "asked", "--every", "1h", "--no-start");
  const id: string = deployed.json.strategy_id;
  const database = createDatabase<string>({ url: service.environment.DATABASE_URL, runtime: createSystemRuntime() });
  await using _ = { [Symbol.asyncDispose]: () => database.close() };
  const status = async () => (await strategies("status", "asked")).json;

  await until(async () => (await service.dependency("queues")).state === "ok");
  await database.query("select pgmq.send('execution_jobs', ($1::text)::jsonb)", [JSON.stringify({ strategyId: id })]);
  await until(async () => (await status()).stats.total_executions === 1);
  expect(await status()).toMatchObject({ status: "stopped", stats: { successful_executions: 1 } });

  const command = (name: string) =>
    database.query("insert into bot_control (bot_id, command) values ($1, $2)", [id, name]);
  for (const [name, becomes] of [
    ["START_BOT", "running"],
    ["PAUSE_BOT", "paused"],
    ["RESUME_BOT", "running"],
  ] as const) {
    await command(name);
    await until(async () => (await status()).status === becomes);
  }
  expect((await service.api("POST", "/api/bot/stop", { bot_id: id })).status).toBe(202);
  await until(async () => (await status()).status === "stopped");
  expect((await service.api("POST", "/api/bot/start", { bot_id: id })).status).toBe(202);
  await until(async () => (await status()).status === "running");
  const { deployments } = (await (await service.api("GET", "/api/bot/deployments")).json()) as {
    deployments: object[];
  };
  expect(deployments).toMatchObject([{ bot_id: id, kind: "strategy", name: "asked", status: "running" }]);
  await strategies("delete", "asked");
});

it("says in the daemon's words what it refuses, each place of a source included", async () => {
  const bad = join(directory, "bad.ts");
  writeFileSync(bad, "export async function run(ctx: Ctx) {}\n");
  const refused = strategies("deploy", bad, "--name", "bad", "--every", "5m");
  await expect(refused).rejects.toMatchObject({
    code: "STRATEGY_CODE_INVALID",
    message: expect.stringContaining(`${bad}:1:32 STRATEGY_TYPES: Cannot find name 'Ctx'.\n  1 | export async`),
  });
  write(1);
  await expect(strategies("deploy", file, "--name", "unscheduled")).rejects.toMatchObject({
    code: "STRATEGY_SCHEDULE_INVALID",
    message: "a new strategy needs a schedule: give --every, such as 5m, or --cron",
  });
  await expect(strategies("show", "5a1b4c7d-8e9f-5a1b-8c7d-0a1b2c3d4e5f")).rejects.toMatchObject({
    code: "STRATEGY_UNKNOWN",
  });
  await expect(strategies("secrets", "list")).resolves.toMatchObject({ text: "no secrets\n" });
});
