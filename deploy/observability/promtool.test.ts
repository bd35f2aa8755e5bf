import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testServers } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";

const { prometheus } = testServers();
const folder = join(import.meta.dirname, "../prometheus");
/** It ends within seconds: to collect garbage before it has that much of it took a quarter of its time. */
const GARBAGE = { GOGC: "off", GOMEMLIMIT: "256MiB" };

async function promtool(args: string[], cwd = folder): Promise<{ readonly exitCode: number; readonly output: string }> {
  const child = Bun.spawn([prometheus?.promtool ?? "", ...args], {
    cwd,
    env: { ...process.env, ...GARBAGE },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, output: stdout + stderr };
}

const filesOf = (name: string) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`);

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}
interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

/** Leaves the rules that a file of tests names, and the recordings that those read: promtool evaluates all others for each of its minutes, too. */
function namedRules({ groups }: RuleFile, tests: string): RuleFile {
  let text = tests;
  const isNamed = ({ alert, record }: Rule) => new RegExp(`(?<![\\w:])${alert ?? record}(?![\\w:])`).test(text);
  for (let before = 0; before < text.length; ) {
    before = text.length;
    const named = groups.flatMap(({ rules }) => rules.filter(isNamed));
    text = [tests, ...named.map(({ expr }) => expr)].join("\n");
  }
  return { groups: groups.map(({ name, rules }) => ({ name, rules: rules.filter(isNamed) })) };
}

/** Copies the files of tests, each beside the rules that it names. */
function writeTests(): string {
  const directory = mkdtempSync(join(tmpdir(), "shoal-promtool-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const file of filesOf("tests")) {
    const place = join(directory, file.replace(/\W/g, "_"));
    for (const name of ["tests", "rules"]) mkdirSync(join(place, name), { recursive: true });
    cpSync(join(folder, file), join(place, "tests/tests.yml"));
    const text = readFileSync(join(folder, file), "utf8");
    const { rule_files: names } = Bun.YAML.parse(text) as { readonly rule_files: readonly string[] };
    const all = names.map((name) => Bun.YAML.parse(readFileSync(join(folder, "tests", name), "utf8")) as RuleFile);
    const named = namedRules({ groups: all.flatMap(({ groups }) => groups) }, text);
    names.forEach((name, index) => {
      const own = new Set(all[index]?.groups.map((group) => group.name));
      const groups = named.groups.filter((group) => own.has(group.name));
      writeFileSync(join(place, "tests", name), JSON.stringify({ groups }));
    });
  }
  return directory;
}

describe.runIf(prometheus)("promtool", () => {
  it("accepts the configuration, with all rules", async () => {
    const { exitCode, output } = await promtool(["check", "config", "prometheus.yml"]);
    expect(output).toContain("3 rule files found");
    expect(exitCode, output).toBe(0);
  });

  it("finds no fault with the rules", async () => {
    const { exitCode, output } = await promtool(["check", "rules", "--lint=all", "--lint-fatal", ...filesOf("rules")]);
    expect(exitCode, output).toBe(0);
  });

  it("sees every alert fire, and be quiet, when it should", async () => {
    const directory = writeTests();
    const files = readdirSync(directory).map((name) => `${name}/tests/tests.yml`);
    expect(files).toHaveLength(filesOf("tests").length);
    const { exitCode, output } = await promtool(["test", "rules", ...files], directory);
    expect(exitCode, output).toBe(0);
  });
});
