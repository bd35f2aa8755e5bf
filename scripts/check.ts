/** Runs `bun run check`; `--help` says what it does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createCommand } from "@shoal/command-line";
import { repositoryFiles, repositoryRoot } from "./repository-files.ts";
import { findRetiredWords } from "./retired-words.ts";
import { runScript } from "./run-script.ts";
import { findForbiddenText } from "./text-rules.ts";
import { toolEnvironment } from "./tool-environment.ts";

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

const environment = toolEnvironment();
const bin = (name: string) => join(repositoryRoot, "node_modules", name);

function tool(...args: string[]): () => Promise<Outcome> {
  return async () => {
    const child = Bun.spawn([process.execPath, ...args], {
      cwd: repositoryRoot,
      env: environment,
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { ok: (await child.exited) === 0, output: `${stdout}${stderr}`.trim() };
  };
}

async function textRules(): Promise<Outcome> {
  const findings = repositoryFiles().flatMap((path) => {
    const text = readFileSync(join(repositoryRoot, path), "utf8");
    return [...findForbiddenText(text), ...findRetiredWords(path, text)].map(
      ({ line, rule }) => `${path}:${line}: ${rule}`,
    );
  });
  return { ok: findings.length === 0, output: findings.join("\n") };
}

const colors = process.stdout.isTTY ? "force" : "off";
const steps: readonly Step[] = [
  { name: "text rules", run: textRules },
  {
    name: "format, lint, import rules",
    run: tool(bin("@biomejs/biome/bin/biome"), "ci", "--error-on-warnings", `--colors=${colors}`, "."),
  },
  { name: "types of the root", run: tool(bin("typescript/bin/tsc"), "-p", ".") },
  {
    name: "types of the workspaces",
    run: tool(bin("turbo/bin/turbo"), "run", "types", "--output-logs=errors-only", "--continue", "--ui=stream"),
  },
];

async function check({ fix }: { readonly fix?: true }): Promise<void> {
  if (fix) await tool(bin("@biomejs/biome/bin/biome"), "check", "--write", "--colors=off", ".")();
  let failed = 0;
  for (const step of steps) {
    const startedMs = performance.now();
    const { ok, output } = await step.run();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(`${ok ? "ok  " : "FAIL"}  ${step.name} (${seconds} s)\n`);
    if (ok) continue;
    failed += 1;
    process.stdout.write(`\n${output}\n\n`);
  }
  process.stdout.write(
    failed === 0
      ? "check: everything holds\n"
      : `check: ${failed} of ${steps.length} failed; \`bun run check --fix\` mends format and imports\n`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
}

await runScript(
  createCommand("bun run check")
    .description(
      "Checks what must hold before a change is shown to anybody: text rules, format, lint, imports, types. Needs no network.",
    )
    .option("--fix", "first mend what can be mended by itself: format, order of imports, plain lint")
    .addHelpText("after", "\nExit code 1 if anything does not hold, 2 for a wrong command line.")
    .action(check),
);
