import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { INDICATORS } from "@shoal/market";
import { describe, expect, test } from "vitest";
import { makeGuest, makeSandbox, runBody } from "../../test/make-run.ts";
import { createCompiler, limits } from "../adapters/compiler.ts";
import { LIMITS } from "../limits.ts";
import { checkStrategy } from "./check-strategy.ts";
import type { Compiler, Language } from "./compiler.types.ts";

const guest = makeGuest();
const sandbox = makeSandbox(guest);
// Generous, so that the tests hold on a machine ten times slower; one test sets its own.
const compiler = createCompiler(120_000);

const HEAD = 'import type { Ctx, Needs } from "@shoal/strategy";\n';

function check(source: string, language: Language = "typescript", by: Compiler = compiler) {
  return checkStrategy(source, { compiler: by, sandbox, language });
}

/** Diagnostics as `CODE line:column`. */
async function places(source: string, language?: Language): Promise<string[]> {
  const result = await check(source, language);
  return result.ok ? [] : result.diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);
}

/** A compiler that finds nothing, for what is decided by the sandbox alone. */
const blind: Compiler = {
  diagnose: async () => ({ kind: "findings", findings: [] }),
  strip: async (source) => ({ kind: "javascript", javascript: source }),
};

/** Codes of a source that the compiler takes. */
async function exportCodes(source: string): Promise<string[]> {
  const result = await check(source, "javascript", blind);
  return result.ok ? [] : result.diagnostics.map(({ code }) => code);
}

const withNeeds = (needs: string) => `export const needs = ${needs}; export function run() {}`;

describe("a source that may run", () => {
  test("becomes JavaScript whose lines and columns are the owner's", async () => {
    const source = `${HEAD}export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "5m", count: 200 }] } satisfies Needs;
export const config = { fast: 12 };
export async function run(ctx: Ctx<typeof config>): Promise<void> { const a: number = ctx.config.fast; ctx.log.info(a); }
`;
    const result = await check(source);
    expect(result).toMatchObject({
      ok: true,
      code: {
        fileName: "strategy.ts",
        needs: { candles: [{ symbol: "BTC/USDT", timeframe: "5m", count: 200 }] },
        config: { fast: 12 },
      },
    });
    if (!result.ok) return;
    const { javascript } = result.code;
    expect(javascript.length).toBe(source.length);
    expect(javascript.split("\n")[3]?.indexOf("ctx.log.info")).toBe(source.split("\n")[3]?.indexOf("ctx.log.info"));
    expect(javascript).not.toContain("Promise<void>");
  });

  test("may compare what it remembers with other values than the default", async () => {
    const source = `${HEAD}export function run({ state }: Ctx) {
  const runs = state.get("runs", 0);
  const mode = state.get("mode", "calm");
  const isHeld = state.get("held", false);
  const names = state.get<string[]>("names", []);
  const side = state.get<"buy" | "sell">("side", "buy");
  if (runs === 3 && mode === "wild" && isHeld === true && names[0] === side) state.set("runs", runs + 1);
}`;
    expect(await places(source)).toEqual([]);
    expect(await places(source.replace("runs === 3", 'runs === "3"'))).toEqual(["STRATEGY_TYPES 8:7"]);
  });

  test("may be JavaScript, of which types are not checked", async () => {
    const result = await check(
      "export function run(ctx) { let a = 1; a = 'text'; ctx.whatever.it = a; }",
      "javascript",
    );
    expect(result).toMatchObject({ ok: true, code: { fileName: "strategy.js", needs: { candles: [] }, config: {} } });
  });

  test("has each indicator of the market's list in its types, with its parameters and outputs", async () => {
    const calls = INDICATORS.map(({ name, inputs, parameters, outputs }) => {
      const source = inputs[0] === "values" ? "c.close" : "c";
      const args = [source, ...parameters.map((parameter) => String(parameter.default))].join(", ");
      const call = `ctx.ta.${name}(${args})`;
      return outputs.map((output) => (outputs.length === 1 ? `${call}.last` : `${call}.${output}.last`)).join(" + ");
    });
    const source = `${HEAD}export function run(ctx: Ctx) { const c = ctx.market.candles("A/B", "1m"); const all: number[] = [\n${calls.join(",\n")}]; ctx.log.info(all); }`;
    expect(await places(source)).toEqual([]);
    // No more than the list has: a name of the types that the sandbox does not know.
    expect(
      await places(
        `${HEAD}type Names = keyof Ctx["ta"]; const all: Record<Names, 1> = { ${INDICATORS.map(({ name }) => `${name}: 1`)} }; export function run() { return all; }`,
      ),
    ).toEqual([]);
  });
});

test("the published types have what ctx has at run time, and no more", async () => {
  const parts: Record<string, string> = {
    Ctx: "ctx",
    Market: "ctx.market",
    Ta: "ctx.ta",
    Orders: "ctx.orders",
    Portfolio: "ctx.portfolio",
    Position: 'ctx.portfolio.position("A/B")',
    OpenOrder: "ctx.orders.open()[0]",
    State: "ctx.state",
    Log: "ctx.log",
    Candles: "c",
    // Its iterator has no name.
    "Omit<Series, typeof Symbol.iterator>": "Object.getPrototypeOf(c.close)",
  };
  const order = {
    id: "o",
    symbol: "A/B",
    side: "buy",
    type: "limit",
    quantity: "1",
    filledQuantity: "0",
    price: "1",
  } as const;
  const lines = Object.entries(parts).map(([type, value], at) => {
    const body = `const c = ctx.market.candles("BTC/USDT", "5m"); ctx.log.info(Object.getOwnPropertyNames(${value}).join());`;
    const keys = runBody(guest, body, { openOrders: [order] }).logs[0]?.text.split(",") ?? [];
    return `const part${at}: Record<keyof ${type}, 1> = { ${keys.map((key) => `${key}: 1`).join()} };`;
  });
  const imports =
    'import type { Candles, Ctx, Log, Market, OpenOrder, Orders, Portfolio, Position, Series, State, Ta } from "@shoal/strategy";';
  expect(await places([imports, ...lines, "export function run() {}"].join("\n"))).toEqual([]);
});

describe("a source that is refused", () => {
  test("for its syntax, at the place of the error", async () => {
    expect(await places("export function run( {\n}")).toEqual(["STRATEGY_SYNTAX 2:2"]);
    expect(await places("export function run() {\n", "javascript")).toEqual(["STRATEGY_SYNTAX 2:1"]);
    expect(await places("export function run(a: number) {}", "javascript")).toEqual(["STRATEGY_SYNTAX 1:24"]);
  });

  test("for its types, at the place of the error", async () => {
    const source = `${HEAD}export function run(ctx: Ctx) {\n  const { close } = ctx.market.candles("A/B", "5m");\n  ctx.log.info(close.lst);\n  ctx.orders.place({ symbol: "A/B", side: "hold", type: "market", quantity: 1 });\n}`;
    const result = await check(source);
    expect(result).toMatchObject({
      ok: false,
      diagnostics: [
        { code: "STRATEGY_TYPES", line: 4, column: 22, message: expect.stringContaining("Did you mean 'last'?") },
        { code: "STRATEGY_TYPES", line: 5, column: 37 },
      ],
    });
  });

  test("for syntax that blanking types would not remove, and for names that a sandbox does not have", async () => {
    expect(await places("enum A { B } export function run() { return A; }")).toEqual(["STRATEGY_SYNTAX 1:6"]);
    const result = await check("export function run() { console.log(1); }");
    expect(result).toMatchObject({ ok: false, diagnostics: [{ message: expect.stringContaining("ctx.log") }] });
  });

  test("for everything it imports but types of @shoal/strategy", async () => {
    const refused = [
      'import fs from "node:fs";',
      'import path from "path";',
      'import "left-pad";',
      'export * from "./other.ts";',
      'const later = await import("zod");',
      'import { Ctx } from "@shoal/strategy";',
      'type Secret = import("/etc/passwd").x;',
    ];
    const found = await places([...refused, "export function run() {}"].join("\n"));
    for (const [index, line] of refused.entries()) {
      expect(
        found.some((place) => place.startsWith(`STRATEGY_IMPORTS ${index + 1}:`)),
        line,
      ).toBe(true);
    }
    // The compiler lets it pass, because the types are there; the sandbox has no such module.
    const all = 'export function run() {}\nimport * as types from "@shoal/strategy"; export const x = types;';
    expect(await places(all)).toEqual(["STRATEGY_IMPORTS 2:24"]);
    expect(await places('import fs from "node:fs"; export function run() { return fs; }', "javascript")).toEqual([
      "STRATEGY_IMPORTS 1:16",
    ]);
  });

  test("without showing what stands in files of the machine", async () => {
    const source = `/// <reference path="${import.meta.filename}" />\nimport type * as x from "${import.meta.filename}";\nexport function run() {}`;
    const result = await check(source);
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: "STRATEGY_IMPORTS", line: 2 }] });
    expect(JSON.stringify(result)).not.toContain("vitest");
  });

  test("over 256 kB, and with characters that are none", async () => {
    expect(await places(`//${"x".repeat(LIMITS.sourceBytes)}`)).toEqual(["STRATEGY_TOO_LARGE 1:1"]);
    expect(await places(`//${"ü".repeat(LIMITS.sourceBytes / 2)}`)).toEqual(["STRATEGY_TOO_LARGE 1:1"]);
    expect(await places("export function run() {}\0")).toEqual(["STRATEGY_SYNTAX 1:1"]);
    expect(await places("export function run() {}\ud800")).toEqual(["STRATEGY_SYNTAX 1:1"]);
  });

  test("without run, or with a run that is no function", async () => {
    expect(await exportCodes("function run() {}")).toEqual(["STRATEGY_RUN_MISSING"]);
    expect(await exportCodes("export const run = 7")).toEqual(["STRATEGY_RUN_MISSING"]);
    expect(await exportCodes("const f = () => {}; export { f as run }")).toEqual([]);
  });

  test("for needs that ask for the impossible", async () => {
    const many = (count: number, each = 1) =>
      `{ candles: Array.from({ length: ${count} }, (_, at) => ({ symbol: "C" + at, timeframe: "5m", count: ${each} })) }`;
    for (const needs of [
      "7",
      "[]",
      "null",
      "{ candle: [] }",
      "{ candles: 7 }",
      '{ candles: ["BTC/USDT"] }',
      '{ candles: [{ symbol: "", timeframe: "5m", count: 1 }] }',
      '{ candles: [{ symbol: "a b", timeframe: "5m", count: 1 }] }',
      '{ candles: [{ symbol: "A", timeframe: "7m", count: 1 }] }',
      '{ candles: [{ symbol: "A", timeframe: "toString", count: 1 }] }',
      ...["0", "-1", "1.5", "5001", '"1"', "NaN", "Infinity", "1n", "undefined"].map(
        (count) => `{ candles: [{ symbol: "A", timeframe: "5m", count: ${count} }] }`,
      ),
      '{ candles: [{ symbol: "A", timeframe: "5m", count: 1 }, { symbol: "A", timeframe: "5m", count: 2 }] }',
      many(17),
      many(5, 5000),
    ]) {
      expect(await exportCodes(withNeeds(needs)), needs).toEqual(["STRATEGY_NEEDS_INVALID"]);
    }
    expect(await exportCodes(withNeeds(many(16, 1250)))).toEqual([]);
    expect(await exportCodes(withNeeds("undefined"))).toEqual([]);
  });

  test("for a config that is no JSON, or too large", async () => {
    for (const config of [
      "7",
      "[1]",
      "null",
      "{ a: NaN }",
      "{ a: [1, () => 1] }",
      "{ a: 1n }",
      "{ a: undefined }",
      '{ a: "x".repeat(20000) }',
      '{ a: "x".repeat(2e6) }',
    ]) {
      const codes = await exportCodes(`export const config = ${config}; export function run() {}`);
      expect(codes, config).toEqual(["STRATEGY_CONFIG_INVALID"]);
    }
    const nested = await exportCodes(
      "let a = {}; for (let i = 0; i < 100; i++) a = { a }; export const config = a; export function run() {}",
    );
    expect(nested).toEqual(["STRATEGY_CONFIG_INVALID"]);
  });

  test("when it fails, waits or goes on for ever while it is loaded", async () => {
    expect(await exportCodes("throw new Error('at load'); export function run() {}")).toEqual(["STRATEGY_THREW"]);
    expect(await exportCodes("for (;;); export function run() {}")).toEqual(["STRATEGY_OUT_OF_FUEL"]);
    expect(await exportCodes("await new Promise(() => {}); export function run() {}")).toEqual([
      "STRATEGY_NEVER_SETTLES",
    ]);
    expect(await exportCodes("export const needs = { get candles() { for (;;); } }; export function run() {}")).toEqual(
      ["STRATEGY_OUT_OF_FUEL"],
    );
    expect(await exportCodes("const a = {}; a.a = a; export const config = a; export function run() {}")).toEqual([
      "STRATEGY_THREW",
    ]);
  });

  test("when the compiler does not come to its end, and leaves the compiler whole for the next", async () => {
    // 1,000 open brackets break the compiler in amaro for good where it stays loaded; 120,000 keep tsc busy for minutes.
    expect(await places(`export function run() {}\n${"(".repeat(2000)}1${")".repeat(2000)}`)).toEqual([
      "STRATEGY_CHECK_LIMIT 1:1",
    ]);
    const hurried = createCompiler(200);
    const result = await check(`${"[".repeat(120_000)}${"]".repeat(120_000)}`, "typescript", hurried);
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: "STRATEGY_CHECK_LIMIT" }] });
    expect(await places("export function run(): void {}")).toEqual([]);
  });
});

test("says that it cannot check where no compiler works, and leaves nothing behind", async () => {
  const broken: Compiler = { ...blind, diagnose: async () => ({ kind: "unavailable", reason: "no such file" }) };
  await expect(check("export function run() {}", "typescript", broken)).rejects.toMatchObject({
    code: "STRATEGY_CHECK_UNAVAILABLE",
    retryable: true,
  });
  expect((await readdir(tmpdir())).filter((name) => name.startsWith("shoal-check-"))).toEqual([]);
});

test("a compiler whose parent was killed ends by a limit of the system", () => {
  const { stdout } = Bun.spawnSync([...limits(2_000_000), "/bin/sh", "-c", "ulimit -t; ulimit -v"]);
  expect(stdout.toString()).toBe("120\n2000000\n");
});

test.each([
  [
    'import type Types from "@shoal/strategy"; export function run(ctx: Types) {}',
    /^Module '"@shoal\/strategy"' has no default/,
  ],
  [
    "export function run() { const x: number = null! as typeof import('@shoal/strategy'); }",
    /typeof import\("@shoal\/strategy"\)/,
  ],
  [
    "type A = import('./strategy').A; export function run(a: A) {}",
    /^Namespace '"\.\/strategy"' has no exported member/,
  ],
])("the compiler's words name no path of this machine: %s", async (source, message) => {
  const diagnosis = await createCompiler(20_000).diagnose(source, "typescript");
  expect(diagnosis).toMatchObject({ kind: "findings", findings: [{ message: expect.stringMatching(message) }] });
  expect(JSON.stringify(diagnosis)).not.toMatch(/packages|shoal-check/);
});
