import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Timeframe } from "@shoal/market";
import type { Timeframe as Published } from "@shoal/strategy";
import { expect, test } from "vitest";
import { createCompiler } from "../src/adapters/compiler.ts";
import { checkStrategy } from "../src/check/check-strategy.ts";
import { DEFAULT_FUEL, LIMITS } from "../src/limits.ts";
import { makeGuest, makeSandbox } from "./make-run.ts";

const root = join(import.meta.dirname, "../../..");
const page = readFileSync(join(root, "docs/strategies.md"), "utf8");

/** The codes that the sources name as texts. */
const codes = new Set(
  readFileSync(join(root, "packages/strategy-runner/src/strategy-error.ts"), "utf8").match(/"STRATEGY_[A-Z_]+"/g) ?? [],
);

test("docs/strategies.md explains each code", () => {
  expect(codes.size).toBeGreaterThan(30);
  expect([...codes].filter((code) => !page.includes(`\`${code.replaceAll('"', "")}\``))).toEqual([]);
});

test("docs/strategies.md knows no code and no variable that does not exist", () => {
  const variables = readFileSync(join(root, "docs/configuration.md"), "utf8");
  const service = join(root, "apps/bot-service/src/strategies");
  const sources = [...new Bun.Glob("**/*.ts").scanSync(service)].map((file) =>
    readFileSync(join(service, file), "utf8"),
  );
  const named = new Set(page.match(/STRATEGY_[A-Z_]+/g));
  const isKnown = (name: string) =>
    codes.has(`"${name}"`) ||
    variables.includes(`| \`${name}\` |`) ||
    // As a text, or as the beginning of one with numbers in it.
    sources.some((text) => text.includes(`"${name}`) || text.includes(`\`${name}`));
  expect([...named].filter((name) => !isKnown(name))).toEqual([]);
});

test("docs/strategies.md tells the limits as they are", () => {
  const told = (value: number) => value.toLocaleString("en-US");
  for (const value of [
    DEFAULT_FUEL,
    LIMITS.candlesPerNeed,
    LIMITS.candlesOfAllNeeds,
    LIMITS.seriesCount,
    LIMITS.seriesValues,
  ]) {
    expect(page).toContain(told(value));
  }
  for (const text of [
    `${LIMITS.needCount} needs`,
    `| ${LIMITS.orderCount} |`,
    `${LIMITS.stateKeyCount} keys of ${LIMITS.stateKeyCharacters} characters, ${LIMITS.stateBytes / 1024} kB`,
    `| ${told(LIMITS.waitingCallCount)}; ${told(LIMITS.fetchedCandleCount)} candles in all |`,
    `${LIMITS.logLines} lines, ${told(LIMITS.logCharacters)} characters`,
    `${LIMITS.notificationCount} of ${told(LIMITS.notificationCharacters)} characters`,
    `${LIMITS.sourceBytes / 1024} kB; \`config\` ${LIMITS.configBytes / 1024} kB`,
  ]) {
    expect(page).toContain(text);
  }
});

test("the published timeframes are those of the market", () => {
  type Same<A, B> = [A, B] extends [B, A] ? true : false;
  // The compiler is the test.
  const areSame: Same<Published, Timeframe> = true;
  expect(areSame).toBe(true);
});

test("the strategies in the documents pass the check at deploy", async () => {
  const readme = readFileSync(join(root, "packages/strategy/README.md"), "utf8");
  const sources = [page, readme].flatMap((text) =>
    [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, source = ""]) => source),
  );
  const docstring = readFileSync(join(root, "packages/strategy/src/index.ts"), "utf8").match(/```ts\n(.*?)```/s)?.[1];
  sources.push((docstring ?? "").replaceAll(/^ \* ?/gm, ""));
  expect(sources.length).toBe(3);
  const options = { compiler: createCompiler(120_000), sandbox: makeSandbox(makeGuest()) };
  for (const source of sources) expect(await checkStrategy(source, options)).toMatchObject({ ok: true });
});

test("the Docker image keeps the compiler of the check, which is an optional dependency of typescript", () => {
  const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
  expect(dockerfile).toMatch(/^RUN bun install /m);
  expect(dockerfile).not.toMatch(/--omit[= ]optional/);
});
