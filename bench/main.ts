/**
 * `bun run bench [name…] [--quick] [--json] [--save]`: one JSON line on stdout per benchmark. Exit code 1 if one failed, 2 for
 * arguments that mean nothing.
 */
import { arch, availableParallelism, platform } from "node:os";
import { join } from "node:path";
import { asBenchmark, type Benchmark } from "./benchmark.ts";
import { type Flags, parseCommand } from "./command-line.ts";

const files = [...new Bun.Glob("*.bench.ts").scanSync({ cwd: import.meta.dirname })].sort();
const known = files.map((file) => file.replace(/\.bench\.ts$/, ""));

async function load(name: string): Promise<Benchmark> {
  const file = `${name}.bench.ts`;
  const { default: exported }: { default?: unknown } = await import(`./${file}`);
  return asBenchmark(file, exported);
}

async function help(): Promise<string> {
  const benchmarks = await Promise.all(known.map(load));
  const width = Math.max(0, ...known.map((name) => name.length));
  const lines = benchmarks.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `bun run bench [name…] [--quick] [--json] [--save]

  --quick  a few seconds each: shows that it works, gives no number to quote
  --json   nothing but the JSON lines, one per benchmark
  --save   keep each line, with the command and the commit, in bench/results/<name>.json; not with --quick

${lines.join("\n")}
`;
}

/** Runs one benchmark here; its line goes to stdout, everything for people to stderr. @returns the exit code */
async function runHere(name: string, { quick, json, save }: Flags): Promise<number> {
  const benchmark = await load(name);
  if (!json) process.stderr.write(`\n${name}: ${benchmark.summary}\n`);
  const startedMs = performance.now();
  const result = await benchmark.run({ quick });
  const tookSeconds = Math.round((performance.now() - startedMs) / 100) / 10;
  if (!json) for (const [key, value] of Object.entries(result)) process.stderr.write(`  ${key}  ${show(value)}\n`);
  const line = { bench: name, quick, tookSeconds, bun: Bun.version, ...result };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (save) await keep(name, line);
  const missed = Array.isArray(result["targetsMissed"]) ? result["targetsMissed"] : [];
  for (const miss of missed) process.stderr.write(`bench: ${name} missed a target: ${miss}\n`);
  return missed.length === 0 ? 0 : 1;
}

/** Keeps a line with what it takes to repeat it. */
async function keep(name: string, line: Readonly<Record<string, unknown>>): Promise<void> {
  const git = (...args: string[]) => Bun.spawnSync(["git", ...args], { cwd: import.meta.dirname }).stdout.toString();
  const commit = git("rev-parse", "HEAD").trim();
  const isClean = git("status", "--porcelain", "--untracked-files=no").trim() === "";
  const kept = {
    command: `bun run bench ${name}`,
    commit: isClean ? commit : `${commit} with changes`,
    at: new Date().toISOString(),
    machine: `${availableParallelism()} cores, ${platform()} ${arch()}`,
    ...line,
  };
  await Bun.write(join(import.meta.dirname, "results", `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`);
}

const show = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** Runs one benchmark in a process of its own, so that none measures what an earlier one left in memory. */
async function runApart(name: string, flags: readonly string[]): Promise<boolean> {
  const child = Bun.spawn([process.execPath, import.meta.path, name, ...flags], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  return (await child.exited) === 0;
}

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2), known);
  if (command.kind === "help") {
    process.stdout.write(await help());
    return 0;
  }
  if (command.kind === "mistake") {
    process.stderr.write(`bench: ${command.message}\n\n${await help()}`);
    return 2;
  }
  const { names, quick, json, save } = command;
  const [only] = names;
  if (only !== undefined && names.length === 1) {
    return runHere(only, { quick, json, save });
  }
  const flags = [...(quick ? ["--quick"] : []), ...(json ? ["--json"] : []), ...(save ? ["--save"] : [])];
  let exitCode = 0;
  for (const name of names) if (!(await runApart(name, flags))) exitCode = 1;
  return exitCode;
}

try {
  // Leaves with whatever a benchmark forgot to close still open: its number has been printed.
  process.exit(await main());
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exit(1);
}
