/**
 * Proves that the house rules of biome.jsonc fire. Every row is a file that breaks one rule, and every rule has a row for
 * a neighbour that may do it: a rule that fires nowhere, or everywhere, fails here.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

interface Sample {
  readonly file: string;
  readonly source: string;
  /** The category Biome reports; null when the file is within the rules. */
  readonly rule: string | null;
}

const IMPORTS = "lint/style/noRestrictedImports";
const UNDECLARED = "lint/correctness/noUndeclaredDependencies";
const CIRCLE = "lint/suspicious/noImportCycles";
const GLOBALS = "lint/style/noRestrictedGlobals";
const PLUGIN = "plugin";

const use = (specifier: string) => `import { thing } from "${specifier}";\n\nexport const used = thing;\n`;
const run = (expression: string) => `export const used = () => ${expression};\n`;

const imports: [file: string, specifier: string, rule: string | null][] = [
  ["packages/kernel/src/a.ts", "./clock.ts", null],
  ["packages/kernel/src/a.ts", "@shoal/store", IMPORTS],
  ["packages/kernel/src/a.ts", "zod", IMPORTS],
  ["packages/kernel/src/a.ts", "node:fs", IMPORTS],
  ["packages/store/src/a.ts", "@shoal/kernel", null],
  ["packages/store/src/a.ts", "@shoal/matchmaker", UNDECLARED],
  ["packages/store/src/a.ts", "bun", IMPORTS],
  ["packages/store/src/adapters/a.ts", "bun", null],
  ["packages/realtime-pool/src/a.ts", "@shoal/kernel", null],
  ["packages/realtime-pool/src/a.ts", "@shoal/store", UNDECLARED],
  ["packages/realtime-pool/src/a.ts", "@shoal/monitor", UNDECLARED],
  ["packages/realtime-pool/src/a.ts", "@supabase/realtime-js", IMPORTS],
  ["packages/realtime-pool/src/adapters/realtime-js/a.ts", "@supabase/realtime-js", null],
  ["packages/realtime-pool/src/adapters/realtime-js/a.ts", "../../errors.ts", null],
  ["packages/realtime-pool/src/adapters/realtime-js/a.ts", "@shoal/store", UNDECLARED],
  ["packages/monitor/src/a.ts", "@shoal/kernel", null],
  ["packages/monitor/src/a.ts", "@shoal/store", UNDECLARED],
  ["packages/monitor/src/a.ts", "@shoal/realtime-pool", null],
  ["packages/monitor/src/a.ts", "node:perf_hooks", PLUGIN],
  ["packages/monitor/src/adapters/a.ts", "node:perf_hooks", null],
  ["packages/conversation/src/a.ts", "@shoal/kernel", null],
  ["packages/conversation/src/a.ts", "@shoal/safety", null],
  ["packages/conversation/src/a.ts", "@shoal/conversation-bot", UNDECLARED],
  ["packages/conversation-bot/src/a.ts", "@shoal/conversation", null],
  ["packages/conversation-bot/src/a.ts", "@shoal/replies", UNDECLARED],
  ["packages/conversation-bot/src/a.ts", "@shoal/bot-service/config", UNDECLARED],
  ["packages/matchmaker/src/a.ts", "@shoal/store", null],
  ["packages/matchmaker/src/a.ts", "@shoal/realtime-pool", UNDECLARED],
  ["packages/matchmaker/src/a.ts", "@shoal/bot-service/config", UNDECLARED],
  ["packages/trading/src/a.ts", "@shoal/kernel", null],
  ["packages/trading/src/a.ts", "@shoal/market", null],
  ["packages/trading/src/a.ts", "@shoal/store", UNDECLARED],
  ["packages/trading/src/a.ts", "ccxt", IMPORTS],
  ["packages/trading/src/a.ts", "node:fs", IMPORTS],
  ["packages/job-queue/src/a.ts", "@shoal/store", null],
  ["packages/job-queue/src/a.ts", "@shoal/matchmaker", UNDECLARED],
  ["packages/job-queue/src/a.ts", "node:fs", IMPORTS],
  ["packages/job-queue/src/pgmq/adapters/a.ts", "node:fs", null],
  ["packages/job-queue/src/pgmq/adapters/a.ts", "@shoal/matchmaker", UNDECLARED],
  ["packages/strategy-runner/src/a.ts", "@shoal/market", null],
  ["packages/strategy-runner/src/a.ts", "@shoal/store", UNDECLARED],
  ["packages/strategy-runner/src/engine/a.ts", "node:fs", IMPORTS],
  ["packages/strategy-runner/src/adapters/a.ts", "node:fs", null],
  ["packages/replies/src/a.ts", "@shoal/kernel", null],
  ["packages/replies/src/a.ts", "@shoal/safety", UNDECLARED],
  ["packages/replies/src/a.ts", "ai", IMPORTS],
  ["packages/replies/src/adapters/a.ts", "ai", null],
  ["packages/safety/src/a.ts", "@shoal/kernel", null],
  ["packages/safety/src/a.ts", "@shoal/conversation", UNDECLARED],
  ["packages/market/src/a.ts", "@shoal/kernel", null],
  ["packages/market/src/a.ts", "@shoal/store", UNDECLARED],
  ["packages/market/src/a.ts", "ccxt", IMPORTS],
  ["packages/market/src/adapters/ccxt/a.ts", "ccxt", null],
  ["packages/market/src/a.ts", "talib-web", UNDECLARED],
  ["packages/market/src/a.test.ts", "talib-web", null],
  ["packages/local-supabase/src/a.ts", "@shoal/store", null],
  ["packages/local-supabase/src/a.ts", "node:child_process", null],
  ["packages/local-supabase/src/a.ts", "@shoal/realtime-pool", UNDECLARED],
  ["packages/local-supabase/src/a.ts", "node:timers/promises", PLUGIN],
  ["packages/testkit/src/a.ts", "@shoal/local-supabase", null],
  ["packages/testkit/src/a.ts", "@shoal/local-supabase/postgres", null],
  ["packages/testkit/src/a.ts", "@shoal/local-supabase/src/serve/index.ts", PLUGIN],
  ["packages/testkit/src/a.ts", "@shoal/matchmaker", UNDECLARED],
  ["apps/bot-service/src/a.ts", "@shoal/matchmaker", null],
  ["apps/bot-service/src/a.ts", "@shoal/testkit", UNDECLARED],
  ["apps/bot-service/src/a.test.ts", "@shoal/testkit", null],
  ["apps/bot-service/src/a.test-support.ts", "@shoal/testkit", null],
  ["apps/bot-service/src/a.ts", "../../../packages/kernel/src/clock.ts", PLUGIN],
  ["apps/bot-service/src/a.ts", "@shoal/kernel/src/clock.ts", PLUGIN],
  ["apps/bot-service/test/a.test.ts", "../src/config.ts", null],
  ["apps/bot-service/test/a.test.ts", "../../../packages/kernel/src/clock.ts", PLUGIN],
  ["apps/bot-service/test/a.test.ts", "@shoal/kernel/src/clock.ts", PLUGIN],
  ["examples/a.ts", "@shoal/testkit", IMPORTS],
  ["packages/matchmaker/src/a.ts", "../../store/src/leases/lease-keeper.ts", PLUGIN],
  ["packages/matchmaker/src/a/b.ts", "../../src/pair.ts", null],
  // What a package needs for its development is for its tests.
  ["packages/job-queue/src/a.ts", "pg", UNDECLARED],
  ["packages/job-queue/src/a.test.ts", "pg", null],
  ["bench/a.bench.ts", "@shoal/testkit", null],
  ["bench/a.bench.ts", "../packages/matchmaker/src/pair.ts", PLUGIN],
];

const takesTimeOrChance: [expression: string, rule: string][] = [
  ["Date.now()", PLUGIN],
  ["new Date()", PLUGIN],
  ["Math.random()", PLUGIN],
  ["crypto.randomUUID()", PLUGIN],
  ["Bun.sleep(1)", PLUGIN],
  ["globalThis.setTimeout(() => {}, 1)", PLUGIN],
  ['globalThis["setTimeout"](() => {}, 1)', PLUGIN],
  ["setTimeout(() => {}, 1)", GLOBALS],
  ["setInterval(() => {}, 1)", GLOBALS],
  ["setImmediate(() => {})", GLOBALS],
  ["performance.now()", GLOBALS],
  ['fetch("http://localhost")', GLOBALS],
  ['new WebSocket("ws://localhost")', GLOBALS],
];

const takesTheProcess: [expression: string, rule: string][] = [
  ["process.pid", PLUGIN],
  ["Bun.version", PLUGIN],
  ["Object.keys(process)", PLUGIN],
];

const readsTheEnvironment = ["process.env.HOME", "Bun.env.HOME", "import.meta.env.HOME"];

/** Two files that import only types of each other. */
function circle(...[one, two]: readonly [string, string]): Sample[] {
  const importing = (other: string) =>
    `import type { Thing } from "./${basename(other)}";\n\nexport type Things = Thing[];\nexport type Thing = Things;\n`;
  return [
    { file: one, source: importing(two), rule: CIRCLE },
    { file: two, source: importing(one), rule: CIRCLE },
  ];
}

const samples: Sample[] = [
  ...imports.map(([file, specifier, rule]) => ({ file, source: use(specifier), rule })),
  ...takesTimeOrChance.flatMap(([expression, rule]) => [
    { file: "packages/matchmaker/src/a.ts", source: run(expression), rule },
    { file: "packages/local-supabase/src/a.ts", source: run(expression), rule },
    { file: "apps/bot-service/src/fleet/a.ts", source: run(expression), rule },
    { file: "apps/bot-service/src/cli/a.ts", source: run(expression), rule: null },
    { file: "packages/realtime-pool/src/adapters/a.ts", source: run(expression), rule: null },
    { file: "packages/matchmaker/src/a.test.ts", source: run(expression), rule: null },
    { file: "scripts/a.ts", source: run(expression), rule: null },
  ]),
  { file: "packages/kernel/src/system-clock.ts", source: run("Date.now()"), rule: null },
  { file: "packages/kernel/src/system-clock.ts", source: run("performance.now()"), rule: null },
  { file: "packages/kernel/src/clock.ts", source: run("Date.now()"), rule: PLUGIN },
  { file: "packages/matchmaker/src/a.ts", source: run("new Date(0)"), rule: null },
  { file: "packages/local-supabase/src/a.ts", source: run("crypto.getRandomValues(new Uint8Array(8))"), rule: null },
  ...takesTheProcess.flatMap(([expression, rule]) => [
    { file: "packages/store/src/a.ts", source: run(expression), rule },
    { file: "packages/local-supabase/src/a.ts", source: run(expression), rule: null },
  ]),
  { file: "apps/bot-service/src/service.ts", source: run("process.pid"), rule: PLUGIN },
  { file: "apps/bot-service/src/main.ts", source: run("process.pid"), rule: null },
  { file: "apps/bot-service/src/cli/demo.ts", source: run("process.pid"), rule: null },
  ...readsTheEnvironment.flatMap((expression) => [
    { file: "packages/local-supabase/src/a.ts", source: run(expression), rule: PLUGIN },
    { file: "apps/bot-service/src/main.ts", source: run(expression), rule: PLUGIN },
    { file: "apps/bot-service/src/config.ts", source: run(expression), rule: null },
  ]),
  {
    file: "packages/store/src/a.ts",
    source: "export const used = (id: string, by: object) => id in by;\n",
    rule: PLUGIN,
  },
  { file: "packages/store/src/a.ts", source: 'export const used = (by: object) => "id" in by;\n', rule: null },
  { file: "packages/store/src/a.ts", source: run('console.log("x")'), rule: "lint/suspicious/noConsole" },
  { file: "apps/bot-service/src/cli/demo.ts", source: run('console.log("x")'), rule: null },
  {
    file: "packages/store/src/a.ts",
    source: "export const used = (x: any) => x;\n",
    rule: "lint/suspicious/noExplicitAny",
  },
  {
    file: "packages/store/src/a.test.ts",
    source: `test.${"only"}("x", () => {});\n`,
    rule: "lint/suspicious/noFocusedTests",
  },
  {
    file: "packages/store/src/a.test.ts",
    source: 'test.skip("x", () => {});\n',
    rule: "lint/suspicious/noSkippedTests",
  },
  {
    file: "packages/store/src/a.ts",
    source: "export async function work() {}\n\nexport function start() {\n  work();\n}\n",
    rule: "lint/nursery/noFloatingPromises",
  },
  ...circle("packages/store/src/one.ts", "packages/store/src/two.ts"),
  { file: "packages/store/src/notKebab.ts", source: run("1"), rule: "lint/style/useFilenamingConvention" },
];

/** Samples that share a path cannot share a folder: each round is a copy of the house that holds a path once. */
function intoRounds(all: readonly Sample[]): Map<string, Sample>[] {
  const rounds: Map<string, Sample>[] = [];
  for (const sample of all) {
    const free = rounds.find((round) => !round.has(sample.file));
    if (free) free.set(sample.file, sample);
    else rounds.push(new Map([[sample.file, sample]]));
  }
  return rounds;
}

interface Report {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: string } }[];
}

const underTest = new Set(samples.map((sample) => sample.rule));

const manifests = ["package.json", ...new Bun.Glob("{apps,packages}/*/package.json").scanSync(root)];

/** Lints one round with the rules of the repository; the categories reported per file. */
function lint(round: ReadonlyMap<string, Sample>): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), "shoal-rules-"));
  try {
    for (const part of ["biome.jsonc", ".gitignore", "scripts/lint", ...manifests]) {
      cpSync(join(root, part), join(folder, part), { recursive: true });
    }
    for (const { file, source } of round.values()) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), source);
    }
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const result = Bun.spawnSync(
      [process.execPath, biome, "lint", "--reporter=json", "--max-diagnostics=none", "--colors=off", "."],
      { cwd: folder },
    );
    const report: Report = JSON.parse(result.stdout.toString());
    const byFile = new Map<string, string[]>();
    for (const { category, location } of report.diagnostics) {
      byFile.set(location.path, [...(byFile.get(location.path) ?? []), category]);
    }
    return byFile;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each([
  ["@shoal/kernel/src/clock.ts", false],
  ["@shoal/local-supabase/src/postgres/index.ts", false],
  ["@shoal/local-supabase/postgres", true],
  ["@shoal/kernel", true],
])("what a package exports is all that can be imported by its name: %s %s", (specifier, isFound) => {
  const resolve = () => Bun.resolveSync(specifier, join(root, "packages/testkit/src"));
  if (isFound) expect(resolve()).toContain("/src/");
  else expect(resolve).toThrow("Cannot find");
});

for (const [index, round] of intoRounds(samples).entries()) {
  describe(`house rules, round ${index + 1}`, () => {
    const categories = lint(round);

    test.each([...round.values()])("$file with $source -> $rule", ({ file, rule }) => {
      const found = categories.get(file) ?? [];
      if (rule === null) expect(found.filter((category) => underTest.has(category))).toEqual([]);
      else expect(found).toContain(rule);
    });
  });
}
