import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSimulatedClock } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openSandbox, type Sandbox } from "../backtest/sandbox.ts";
import { fakeDaemon, OTHER_ID, OWNER_ID, run, STRATEGY_ID, status, strategy } from "./fake-daemon.test-support.ts";
import { inputsOf, NOW_MS, type Recorded, record } from "./recorded-run.test-support.ts";
import { keyboard, runWords } from "./strategies.test-support.ts";

const directory = mkdtempSync(join(tmpdir(), "shoal-strategies-"));
const source = (body: string, count = 50) => `import type { Ctx } from "@shoal/strategy";
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1h" as const, count: ${count} }] };
export const config = { size: 1 };
export async function run(ctx: Ctx<typeof config>) {
  const runs = ctx.state.get("runs", 0);
  const order = { symbol: "BTC/USDT", side: "buy", type: "market" } as const;
  ${body}
}
`;
function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

let sandbox: Sandbox;
/** By source: each check is two compilers. */
const checks = new Map<string, ReturnType<Sandbox["check"]>>();
const check: Sandbox["check"] = (source, language) => {
  const known = checks.get(source) ?? sandbox.check(source, language);
  checks.set(source, known);
  return known;
};
/** Of state 1, 2, 3. */
let recorded: Recorded[];
beforeAll(async () => {
  sandbox = await openSandbox(1);
  const old = source("ctx.orders.place({ ...order, quantity: ctx.config.size });");
  recorded = [];
  for (const runs of [1, 2, 3]) recorded.push(await record(old, { ...sandbox, check }, { runs }));
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const idOf = (number: number) => `5a1b4c7d-8e9f-5a1b-8c7d-00000000000${number}`;
const startedAt = (number: number) => new Date(NOW_MS - (10 - number) * 3_600_000).toISOString();
/** Five runs: one too old, one without a journal, three with. Newest first. */
const runs = [5, 4, 3, 2, 1].map((number) => ({
  ...{ ...run, id: idOf(number), epoch: number, outcome: "ok", error: null, has_journal: number !== 2 },
  started_at: number === 1 ? "2025-01-01T00:00:00.000Z" : startedAt(number),
}));

/** As `runs`, or others. */
let listed: readonly unknown[] = runs;
/** The owner's settings, as they are now. */
let settings: Readonly<Record<string, unknown>> = {};
beforeEach(() => {
  listed = runs;
  settings = { size: 2 };
});

function shadow(path: string, words: readonly string[], overrides: Parameters<typeof runWords>[1] = {}) {
  const fake = fakeDaemon(({ what }) => {
    if (what.startsWith("GET /strategies?name=mean")) {
      return { strategies: [{ ...status, strategy_id: OTHER_ID, owner_id: OWNER_ID }, status] };
    }
    if (what === `GET /strategies/${STRATEGY_ID}/runs?limit=100`) return { runs: listed };
    if (what === `GET /strategies/${STRATEGY_ID}`) return { ...strategy, config: settings };
    const [, number = ""] = /^GET \/strategies\/runs\/\S*(\d)\/inputs\?needs=BTC%2FUSDT\+1h\+\d+$/.exec(what) ?? [];
    const found = recorded[Number(number) - 3];
    if (found) return inputsOf(idOf(Number(number)), found);
    return what === "POST /strategies/deploy" ? strategy : undefined;
  });
  const done = runWords(["deploy", path, "--name", "mean", "--shadow", "7d", ...words], {
    ...{ daemon: fake.daemon, clock: createSimulatedClock(NOW_MS) },
    openSandbox: async () => ({ ...sandbox, check, [Symbol.asyncDispose]: async () => {} }),
    ...overrides,
  });
  const isDeployed = () => fake.asked().includes("POST /strategies/deploy");
  return { done, isDeployed, asked: fake.asked, requests: fake.requests };
}

/** Orders as before, more, and fails, by the state. */
const OTHER = source(`if (runs === 3) throw new Error("no\\u001b[2J way");
  ctx.orders.place({ ...order, quantity: runs === 2 ? 5 : 2 });
  if (runs === 2) ctx.orders.place({ ...order, side: "sell", quantity: 1 });`);

describe("deploy --shadow", () => {
  it("prints the difference in orders run by run, and deploys nothing where nobody can be asked", async () => {
    const { done, isDeployed } = shadow(file("other.ts", OTHER), []);
    const { printed, text, questions, exitCode } = await done;
    expect(printed.replace(directory, "")).toMatchInlineSnapshot(`
      "/other.ts in the runs of mean (version 3, of the operator) since 2025-12-29 12:00
      2026-01-05 06:00:00  run 5a1b4c7d-8e9f-5a1b-8c7d-000000000004
        + sell 1 BTC/USDT market
        ~ buy 2 BTC/USDT market -> buy 5 BTC/USDT market
      2026-01-05 07:00:00  run 5a1b4c7d-8e9f-5a1b-8c7d-000000000005
        ! fails with STRATEGY_THREW: Error: no\\u{1b}[2J way
        - buy 2 BTC/USDT market
      4 runs: 1 with the same orders, 1 with others, 1 in which the new code fails, 0 whose candles are not as they were, 1 of which nothing is kept but figures
      orders: 1 equal, 1 only of the old code (-), 1 only of the new code (+), 1 changed (~)
      with the settings {"size":2}, and each run alone, with the money and the state that it had then
      "
    `);
    expect(questions).toBe("nobody is here to ask: give --yes to deploy after --shadow\n");
    expect([text, exitCode, isDeployed()]).toEqual(["not deployed\n", 3, false]);
  });

  it("deploys with --yes, and says all of it as JSON", async () => {
    const { done, isDeployed } = shadow(file("other.ts", OTHER), ["--yes", "--json"]);
    const { json, printed, exitCode } = await done;
    expect(json.shadow).toMatchObject({
      strategy_id: STRATEGY_ID,
      totals: {
        ...{ runs: 4, same: 1, other: 1, failed: 1, impossible: 0, gone: 1 },
        orders: { equal: 1, only_old: 1, only_new: 1, changed: 1 },
      },
      runs: [
        { kind: "gone" },
        { kind: "compared", equal: 1 },
        { kind: "compared" },
        { error: { code: "STRATEGY_THREW" } },
      ],
    });
    expect(json.deployed).toEqual(strategy);
    expect([printed, exitCode, isDeployed()]).toEqual(["", undefined, true]);
  });

  it.each([
    ["y\r", true],
    ["Yes\r", true],
    ["\r", false],
    ["no\r", false],
  ])("asks at a terminal: %j", async (keys, isDeployed) => {
    const { input, type } = keyboard();
    const asked = shadow(file("other.ts", OTHER), [], { input });
    await Promise.race([type(keys), asked.done]);
    const { questions, exitCode } = await asked.done;
    expect(questions).toContain("deploy it as the next version of mean? [y/N] ");
    expect([asked.isDeployed(), exitCode]).toEqual([isDeployed, isDeployed ? undefined : 3]);
  });

  it("deploys what it has shown, also where the file has changed while it asked", async () => {
    const path = file("edited.ts", OTHER);
    const { input, type } = keyboard();
    const { done, requests } = shadow(path, [], { input });
    // Typing nothing waits for the question.
    await Promise.race([type(), done]);
    writeFileSync(path, source("ctx.log.info(2);"));
    await type("y\r");
    await done;
    expect(requests.at(-1)).toMatchObject({ what: "POST /strategies/deploy", body: { code: OTHER } });
  });

  it("gives the new code the settings that a deploy would give it, and says which", async () => {
    const body = "ctx.orders.place({ ...order, quantity: ctx.config.size });";
    const same = file("same.ts", source(body));
    const dearer = file("dearer.ts", source(body).replace("size: 1", "size: 9"));
    const tried = async (path: string, ...words: string[]) => {
      const { json } = await shadow(path, ["--json", ...words]).done;
      const { totals, config, runs } = json.shadow;
      return { ...totals, config, made: runs[1].changed[0]?.new.quantity };
    };
    // The owner's own settings count, over the defaults of the new code.
    expect(await tried(same)).toMatchObject({ same: 3, config: { size: 2 } });
    expect(await tried(dearer)).toMatchObject({ same: 3, config: { size: 2 } });
    // Where the owner has set nothing, the new defaults count, and not those that the recorded runs had.
    settings = {};
    expect(await tried(dearer)).toMatchObject({ same: 0, other: 3, config: { size: 9 }, made: "9" });
    // What is deployed with it counts more than both.
    expect(await tried(dearer, "--config", '{"size":7}')).toMatchObject({ other: 3, config: { size: 7 }, made: "7" });
    const { printed } = await shadow(dearer, []).done;
    expect(printed).toContain('\nwith the settings {"size":9}, ');
  });

  it("gives it more candles where it wants more", async () => {
    const path = file(
      "more.ts",
      source(`ctx.log.info(1); if (ctx.market.candles("BTC/USDT", "1h").length !== 80) throw new Error("few");`, 80),
    );
    const { done, asked } = shadow(path, ["--json"]);
    expect((await done).json.shadow.totals).toMatchObject({ failed: 0, other: 3, orders: { only_old: 3 } });
    expect(asked().filter((what) => what.endsWith("needs=BTC%2FUSDT+1h+80"))).toHaveLength(3);
  });

  it("says where it saw fewer than it wants, and how many runs are not kept any more", async () => {
    listed = runs.slice(0, 3);
    const { printed } = await shadow(file("most.ts", source("ctx.log.info(1);", 120)), []).done;
    expect(printed).toContain("\nin 3 runs the new code saw fewer candles than it wants");
    expect(printed).toContain("\n9 earlier runs no longer kept (STRATEGY_RUNS_KEPT)\n");
    const { json } = await shadow(file("most.ts", source("ctx.log.info(1);", 120)), ["--json"]).done;
    expect(json.shadow.totals).toMatchObject({ runs: 3, short: 3, forgotten: 9 });
    const most = { symbol: "BTC/USDT", timeframe: "1h", count: 120, given: 100 };
    expect(json.shadow.runs[0].short).toEqual([most]);
    listed = [];
    const nothing = (await shadow(file("most.ts", source("ctx.log.info(1);", 120)), []).done).printed;
    expect(nothing).toMatch(
      /\nno run of that time is kept: there is nothing to compare\n12 earlier runs no longer kept/,
    );
  });

  it("refuses a file that the check refuses, before it asks the daemon anything", async () => {
    const { done, asked } = shadow(file("bad.ts", source("const x: number = 'a';")), ["--yes"]);
    await expect(done).rejects.toMatchObject({
      code: "STRATEGY_CODE_INVALID",
      message: expect.stringContaining("bad.ts:7:9"),
    });
    expect(asked()).toEqual([]);
  });

  it("takes the strategy of the owner it is deployed for, and no other's", async () => {
    const { done } = shadow(file("other.ts", OTHER), ["--owner", STRATEGY_ID]);
    await expect(done).rejects.toMatchObject({ code: "CLI_STRATEGY_UNKNOWN" });
    const token = `${btoa("{}")}.${btoa(JSON.stringify({ sub: OWNER_ID }))}.x`;
    const { daemon, asked } = fakeDaemon({ [`GET /strategies?name=mean&owner_id=${OWNER_ID}`]: { strategies: [] } });
    const { url } = daemon();
    const ofUser = shadow(file("other.ts", OTHER), [], { daemon: () => ({ url, token }) });
    await expect(ofUser.done).rejects.toMatchObject({ code: "CLI_STRATEGY_UNKNOWN" });
    expect(asked()).toEqual([`GET /strategies?name=mean&owner_id=${OWNER_ID}`]);
  });
});
