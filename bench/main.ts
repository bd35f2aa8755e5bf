/** Runs `bun run bench`; `--help` says what it does. */
import { arch, availableParallelism, platform } from "node:os";
import { join } from "node:path";
import { endOutput, runCommand, UsageError } from "@shoal/command-line";
import { asBenchmark, type Benchmark } from "./benchmark.ts";
import { createBenchCommand, type Flags } from "./command-line.ts";

const files = [...new Bun.Glob("*.bench.ts").scanSync({ cwd: import.meta.dirname })].sort();
const known = files.map((file) => file.replace(/\.bench\.ts$/, ""));

async function load(name: string): Promise<Benchmark> {
  const file = `${name}.bench.ts`;
  const { default: exported }: { default?: unknown } = await import(`./${file}`);
  return asBenchmark(file, exported);
}

/** Lists what each benchmark measures. */
async function summaries(): Promise<string> {
  const benchmarks = await Promise.all(known.map(load));
  const width = Math.max(0, ...known.map((name) => name.length));
  return `\nBenchmarks:\n${benchmarks.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`).join("")}`;
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

/** Keeps a line with what is needed to repeat the run. */
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
  let exitCode = 0;
  const command = createBenchCommand(known, async (names, flags) => {
    const [only] = names;
    if (only !== undefined && names.length === 1) {
      exitCode = await runHere(only, flags);
      return;
    }
    const { quick, json, save } = flags;
    const options = [...(quick ? ["--quick"] : []), ...(json ? ["--json"] : []), ...(save ? ["--save"] : [])];
    for (const name of names) if (!(await runApart(name, options))) exitCode = 1;
  });
  const isRun = await runCommand(command, process.argv.slice(2));
  if (!isRun) process.stdout.write(await summaries());
  return exitCode;
}

try {
  // Ends the process also if a benchmark left something open: its line has been printed.
  process.exit(await endOutput("bench", await main()));
} catch (error) {
  const isWrongUsage = error instanceof UsageError;
  process.stderr.write(`bench: ${isWrongUsage ? error.message : Bun.inspect(error)}\n`);
  process.exit(isWrongUsage ? 2 : 1);
}
