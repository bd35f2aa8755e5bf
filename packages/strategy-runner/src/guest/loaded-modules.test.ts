import { describe, expect, onTestFinished, test } from "vitest";
import { columns, makeGuest, makeMessage, NOW_MS, noPorts } from "../../test/make-run.ts";
import { LoadedModules } from "./loaded-modules.ts";
import { runInEngine } from "./run.ts";
import type { RunMessage, RunReply } from "./wire.ts";

const run = (guest: ReturnType<typeof makeGuest>, source: string, overrides: Partial<RunMessage> = {}): RunReply =>
  runInEngine(guest, makeMessage(source, { keepJournal: true, ...overrides }), columns, noPorts);

/** An engine of a process that has run for long, and one that knows no module. */
const old = makeGuest({ memoryLimitBytes: 6 * 1024 * 1024 });
const blank = makeGuest({ memoryLimitBytes: 6 * 1024 * 1024 });
const fresh = () => Object.assign(blank, { modules: new LoadedModules(blank.engine) });

const CTX = "export async function run(ctx)";
const SOURCES = {
  nothing: "export function run() {}",
  "what it counts in its module": `let count = 0; ${CTX} { count += 1; ctx.log.info(count); }`,
  "what it left in the global scope": `globalThis.seen ??= []; ${CTX} { seen.push(1); ctx.log.info(seen.length, Object.keys(globalThis).join()); }`,
  "prototypes that it has changed": `Array.prototype.push = () => 7; Object.defineProperty(Object.prototype, "polluted", { value: 1 }); ${CTX} { ctx.log.info([].push(1), ({}).polluted, ctx.portfolio.cash); }`,
  "what it draws": `${CTX} { ctx.log.info(Math.random(), ctx.random()); }`,
  "what it draws while it is loaded": `const first = Math.random(); ${CTX} { ctx.log.info(first, Math.random()); }`,
  "what its clock shows while it is loaded": `const at = Date.now(); ${CTX} { ctx.log.info(at, new Date()); }`,
  "a top-level await": `const value = await Promise.resolve(3); ${CTX} { ctx.log.info(value); }`,
  "a promise that goes on": `let turns = 0; const turn = () => { if (++turns < 50) Promise.resolve().then(turn); }; turn(); ${CTX} { ctx.log.info(turns); }`,
  "much memory": `const kept = Array.from({ length: 3e4 }, (_, at) => ({ at })); ${CTX} { kept.pop(); ctx.log.info(kept.length); }`,
  "candles and state": `${CTX} { const c = ctx.market.candles("BTC/USDT", "5m"); ctx.state.set("last", c.close.last); c.close.values.fill(0); ctx.log.info(ctx.ta.sma(c.close, 3).last); }`,
  "a throw": `${CTX} { ctx.log.info("before");\n  throw new Error("here"); }`,
  "a throw while it is loaded": 'throw new Error("early");\nexport function run() {}',
  "no run": "export const value = 1;",
  "a syntax error": "export function run( {}",
  "an import": 'import "node:fs"; export function run() {}',
};

describe("a run whose module ran before", () => {
  test.each(Object.entries(SOURCES))("gives to the byte what the first one gives: %s", (_, source) => {
    const first = run(fresh(), source);
    for (let count = 0; count < 4; count += 1) expect(run(old, source)).toEqual(first);
  });

  test("finds nothing of any other, whatever ran in between", () => {
    const sources = Object.values(SOURCES);
    const first = sources.map((source) => run(old, source));
    for (const [at, source] of sources.entries()) {
      run(old, sources[(at + 7) % sources.length] ?? "");
      expect(run(old, source)).toEqual(first[at]);
    }
  });

  test("is as random, and at such a time, as that run is", () => {
    const source = SOURCES["what it draws while it is loaded"];
    const clock = SOURCES["what its clock shows while it is loaded"];
    for (const seed of ["a", "b", "c"]) {
      const nowMs = NOW_MS + seed.charCodeAt(0);
      expect(run(old, source, { seed })).toEqual(run(fresh(), source, { seed }));
      expect(run(old, clock, { nowMs })).toEqual(run(fresh(), clock, { nowMs }));
      expect(run(old, clock, { nowMs }).logs[0]?.text).toContain(String(nowMs));
    }
  });

  test("sees its own settings, state, money and orders", () => {
    const source = `${CTX} { ctx.log.info(ctx.config.a, ctx.state.get("b"), ctx.portfolio.cash, ctx.now); }`;
    for (let count = 0; count < 4; count += 1) {
      const portfolio = { currency: "USDT", cash: String(count), equity: "1", positions: [] };
      const overrides = { config: { a: count }, state: { b: count }, nowMs: NOW_MS + count, portfolio };
      expect(run(old, source, overrides).logs[0]?.text).toBe(`${count} ${count} ${count} ${NOW_MS + count}`);
    }
  });

  test("ends where its fuel ends, also while the module is loaded", () => {
    const source = `for (let at = 0; at < 1e4; at += 1); ${CTX} { ctx.log.info("loaded"); for (;;); }`;
    for (let count = 0; count < 4; count += 1) run(old, source, { fuel: 50_000 });
    for (const fuel of [100, 10_000, 20_000, 50_000]) {
      const reply = run(old, source, { fuel });
      expect(reply).toEqual(run(fresh(), source, { fuel }));
      expect(reply.error?.code).toBe("STRATEGY_OUT_OF_FUEL");
    }
  });

  test("names its own file in an error", () => {
    const source = SOURCES["a throw"];
    for (const fileName of ["strategy.ts", "strategy.ts", "strategy.js", "strategy.ts", "strategy.js"]) {
      expect(run(old, source, { fileName })).toEqual(run(fresh(), source, { fileName }));
      expect(run(old, source, { fileName }).error).toMatchObject({ line: 2, stack: "run 2:13" });
    }
  });
});

describe("known modules", () => {
  /** An engine that says how often a module was compiled. */
  function counted() {
    const guest = fresh();
    let loadCount = 0;
    const { evaluateModule } = guest.engine;
    onTestFinished(() => void Object.assign(guest.engine, { evaluateModule }));
    guest.engine.evaluateModule = (...args) => {
      loadCount += 1;
      return evaluateModule.apply(guest.engine, args);
    };
    return { guest, loads: () => loadCount };
  }

  test("are loaded twice, and then not again", () => {
    const { guest, loads } = counted();
    for (let count = 0; count < 5; count += 1) run(guest, SOURCES["candles and state"]);
    expect(loads()).toBe(2);
  });

  test("are loaded each time where they depend on the run", () => {
    const { guest, loads } = counted();
    for (let count = 0; count < 5; count += 1) run(guest, SOURCES["what it draws while it is loaded"]);
    expect(loads()).toBe(5);
  });

  test("are forgotten, those first that ran longest ago, before they take more than a few megabytes", () => {
    const { guest, loads } = counted();
    const source = (index: number) => `// ${index} ${"x".repeat(200_000)}\n${SOURCES.nothing}`;
    for (const index of [1, 2, 3, 4, 5, 6, 7, 8]) {
      run(guest, source(index));
      run(guest, source(index));
      run(guest, source(1));
    }
    const before = loads();
    run(guest, source(1));
    run(guest, source(8));
    expect(loads()).toBe(before);
    run(guest, source(2));
    expect(loads()).toBe(before + 1);
  });
});
