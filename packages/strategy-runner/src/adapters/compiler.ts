import { existsSync } from "node:fs";
import { mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { toError } from "@shoal/kernel";
import type { Compiler, CompilerTrouble, Diagnosis, Finding, Language, Stripped } from "../check/compiler.types.ts";

/** Strategies need a tenth of a second; what takes fifty times as long does not end. */
const DEFAULT_LIMIT_MS = 5_000;
/** Address space of tsc, which takes 1.2 GB of it for nothing; a source of 100 characters makes it take 700 MB in 5 s. */
const TSC_ADDRESS_KB = 2.5 * 1024 * 1024;
/** Processor time of a compiler, many times what `limitMs` lets it have: it ends one whose parent was killed and cannot end it. */
const CPU_SECONDS = 120;
const MOST_OUTPUT_BYTES = 1024 * 1024;

const STRATEGY_TYPES = Bun.fileURLToPath(import.meta.resolve("@shoal/strategy"));
const STRIP_PROGRAM = join(import.meta.dirname, "strip-types.ts");
const FINDING = /^(?<file>[^(\n]+)\((?<line>\d+),(?<column>\d+)\): error TS(?<number>\d+): (?<message>.*)$/;

/** The compilers of TypeScript: tsc for what is wrong, amaro for what can be run. `limitMs`: from when either is killed. */
export function createCompiler(limitMs = DEFAULT_LIMIT_MS): Compiler {
  return {
    diagnose: (source, language) => inFolder((folder) => diagnose(folder, source, language, limitMs)),
    strip: (source) => strip(source, limitMs),
  };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "shoal-check-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function diagnose(folder: string, source: string, language: Language, limitMs: number): Promise<Diagnosis> {
  const fileName = language === "typescript" ? "strategy.ts" : "strategy.js";
  await writeFile(join(folder, fileName), source);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(await projectOf(fileName, language)));
  const ended = await runToEnd(
    [...limits(TSC_ADDRESS_KB), tscPath(), "-p", folder, "--pretty", "false"],
    folder,
    limitMs,
  );
  if ("kind" in ended) return ended;
  const findings = findingsOf(withoutPaths(ended.output, folder), fileName);
  // tsc ends with 0 or with findings; all else is Go's: out of memory, mostly.
  if (ended.exitCode !== 0 && findings.length === 0) return { kind: "limit" };
  return { kind: "findings", findings };
}

/**
 * `noResolve` keeps tsc to the files that are listed: without it a source could have any file of the machine read, and its
 * content shown in errors, by a reference or an import type.
 */
async function projectOf(fileName: string, language: Language): Promise<unknown> {
  const typesFolder = dirname(STRATEGY_TYPES);
  const types = (await readdir(typesFolder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(typesFolder, name));
  return {
    compilerOptions: {
      ...{ target: "es2023", lib: ["es2023"], types: [], noEmit: true, skipLibCheck: true, noResolve: true },
      ...{
        module: "preserve",
        moduleResolution: "bundler",
        moduleDetection: "force",
        allowImportingTsExtensions: true,
      },
      ...{ verbatimModuleSyntax: true, erasableSyntaxOnly: true, noUncheckedSideEffectImports: true },
      ...{ strict: language === "typescript", allowJs: true, checkJs: true },
      paths: { "@shoal/strategy": [STRATEGY_TYPES] },
    },
    files: [fileName, ...types],
  };
}

/** The compiler calls modules by their files, and the owner sees what it says: where they lie on this machine is nobody's business. */
function withoutPaths(output: string, folder: string): string {
  const typesFolder = dirname(STRATEGY_TYPES);
  return output
    .replaceAll(`"${join(typesFolder, "index")}"`, '"@shoal/strategy"')
    .replaceAll(`"${typesFolder}/`, '"@shoal/strategy/')
    .replaceAll(`"${folder}/`, '"./');
}

function findingsOf(output: string, fileName: string): Finding[] {
  const findings: Finding[] = [];
  for (const text of output.split("\n")) {
    const { file = "", line, column, number, message = "" } = FINDING.exec(text)?.groups ?? {};
    if (basename(file) === fileName) {
      findings.push({ number: Number(number), message, line: Number(line), column: Number(column) });
    }
  }
  return findings;
}

async function strip(source: string, limitMs: number): Promise<Stripped> {
  const ended = await runToEnd([...limits(), process.execPath, STRIP_PROGRAM], dirname(STRIP_PROGRAM), limitMs, source);
  if ("kind" in ended) return ended;
  if (ended.exitCode !== 0) return { kind: "limit" };
  return JSON.parse(ended.output) as Stripped;
}

/** A shell sets the limits where it can: macOS knows none of address space. */
export function limits(addressKb?: number): string[] {
  const address = addressKb === undefined ? "" : `ulimit -v ${addressKb} 2>/dev/null; `;
  return ["/bin/sh", "-c", `ulimit -t ${CPU_SECONDS}; ${address}exec "$@"`, "sh"];
}

function tscPath(): string {
  const platform = `@typescript/typescript-${process.platform}-${process.arch}`;
  const packagePath = Bun.resolveSync(
    `${platform}/package.json`,
    dirname(Bun.resolveSync("typescript/package.json", import.meta.dirname)),
  );
  const path = join(dirname(packagePath), "lib", "tsc");
  return existsSync(path) ? path : `${path}.exe`;
}

async function runToEnd(
  command: string[],
  cwd: string,
  limitMs: number,
  input = "",
): Promise<CompilerTrouble | { readonly exitCode: number; readonly output: string }> {
  try {
    await using child = Bun.spawn(command, {
      ...{ cwd, env: {}, stdin: new Blob([input]), stdout: "pipe", stderr: "ignore" },
      ...{ timeout: limitMs, killSignal: "SIGKILL", maxBuffer: MOST_OUTPUT_BYTES },
    });
    const [output, exitCode] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    return child.signalCode === null ? { exitCode, output } : { kind: "limit" };
  } catch (error) {
    return { kind: "unavailable", reason: toError(error).message };
  }
}
