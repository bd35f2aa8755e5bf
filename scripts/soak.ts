/** Runs `bun run soak`; `--help` says what it does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createCommand, wholeNumber } from "@shoal/command-line";
import { repositoryFiles, repositoryRoot } from "./repository-files.ts";
import { runScript } from "./run-script.ts";
import { runVitest } from "./vitest-run.ts";

const MAX_SEED = 999_999_999;

/** Test files that try more in a soak. */
function soakFiles(paths: readonly string[]): string[] {
  return repositoryFiles().filter(
    (file) =>
      file.endsWith(".test.ts") &&
      (paths.length === 0 || paths.some((path) => file.includes(path))) &&
      readFileSync(join(repositoryRoot, file), "utf8").includes("soakRuns("),
  );
}

async function soak(paths: readonly string[], seed: number): Promise<void> {
  const files = soakFiles(paths);
  if (files.length === 0) {
    process.stderr.write(`no test file that uses soakRuns has ${paths.join(" or ")} in its path\n`);
    process.exitCode = 2;
    return;
  }
  const again = ["bun run soak", "--seed", seed, ...paths].join(" ");
  process.stdout.write(`soak of ${files.length} test files with seed ${seed}; the same again: ${again}\n`);
  const env = { SOAK: "1", SOAK_SEED: String(seed) };
  const args = ["--config=vitest.soak.config.ts", ...files];
  const { passed, failed } = await runVitest([process.execPath, "--bun"], args, { env, reporter: "verbose" });
  process.stdout.write(`${passed} passed, ${failed} failed; seed ${seed}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await runScript(
  createCommand("bun run soak")
    .description(
      "Runs the tests that try by chance (properties, histories) for a long time, and all stories of several daemons: all that use soakRuns, more than an hour on two cores. A failure prints its seed and the smallest case.",
    )
    .argument("[paths...]", "only test files whose path contains one of these")
    .option("--seed <number>", `of all properties, 0 to ${MAX_SEED}; by chance if not given`, wholeNumber(0, MAX_SEED))
    .addHelpText("after", "\nExit code 1 if anything failed, 2 for a wrong command line.")
    .action((paths, { seed = Math.floor(Math.random() * MAX_SEED) }) => soak(paths, seed)),
);
