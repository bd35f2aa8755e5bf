import { createHash } from "node:crypto";
import { LIMITS } from "../limits.ts";
import type { Sandbox } from "../parent/sandbox.types.ts";
import type { CheckedCode, RunError } from "../run.types.ts";
import { StrategyError } from "../strategy-error.ts";
import type { Compiler, CompilerTrouble, Diagnosis, Language, Stripped } from "./compiler.types.ts";
import { type Diagnostic, diagnostic, diagnosticsOf, IMPORTS_MESSAGE } from "./diagnostics.ts";
import { type ExportProblem, readExports } from "./read-exports.ts";

/** Fuel of loading a module and looking at its exports. */
const INSPECT_FUEL = 20_000_000;

export interface CheckOptions {
  readonly compiler: Compiler;
  /** Where the module is loaded: what it exports is known only by running it. */
  readonly sandbox: Sandbox;
  /** Default: TypeScript. Of JavaScript only the syntax is checked. */
  readonly language?: Language;
}

export type CheckResult =
  | { readonly ok: true; readonly code: CheckedCode }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Checks a strategy's source and makes of it what can be run: the compiler's errors, the size, imports, what is exported. Throws
 * `STRATEGY_CHECK_UNAVAILABLE` (retryable) where no compiler works. Idempotent.
 */
export async function checkStrategy(source: string, options: CheckOptions): Promise<CheckResult> {
  const { compiler, language = "typescript" } = options;
  const byteCount = Buffer.byteLength(source);
  if (byteCount > LIMITS.sourceBytes) {
    const message = `The source has ${byteCount} bytes, and may have ${LIMITS.sourceBytes}.`;
    return refused([diagnostic("STRATEGY_TOO_LARGE", message)]);
  }
  // The engine would read a source only to its first U+0000, and the compilers would not agree.
  if (source.includes("\0") || !source.isWellFormed()) {
    const message = "The source has a character that is none: U+0000, or half of a surrogate pair.";
    return refused([diagnostic("STRATEGY_SYNTAX", message)]);
  }
  const [diagnosis, stripped] = await Promise.all([
    compiler.diagnose(source, language),
    language === "typescript" ? compiler.strip(source) : { kind: "javascript" as const, javascript: source },
  ]);
  const diagnostics = diagnosticsFrom(diagnosis, stripped, source, language);
  if (diagnostics.length > 0) return refused(diagnostics);
  if (stripped.kind !== "javascript") throw new StrategyError("STRATEGY_CHECK_UNAVAILABLE", "no JavaScript was made");
  return inspect(
    source,
    stripped.javascript,
    language === "typescript" ? "strategy.ts" : "strategy.js",
    options.sandbox,
  );
}

function diagnosticsFrom(diagnosis: Diagnosis, stripped: Stripped, source: string, language: Language): Diagnostic[] {
  if (diagnosis.kind !== "findings") return [troubleOf(diagnosis)];
  const diagnostics = diagnosticsOf(diagnosis.findings, source, language);
  if (diagnostics.length > 0 || stripped.kind === "javascript") return diagnostics;
  if (stripped.kind !== "refused") return [troubleOf(stripped)];
  const { message, line, column } = stripped.finding;
  return [diagnostic("STRATEGY_SYNTAX", message, line, column)];
}

function troubleOf(trouble: CompilerTrouble): Diagnostic {
  if (trouble.kind === "limit") {
    const message =
      "The compiler does not come to an end with this source: its types or expressions are nested too deep.";
    return diagnostic("STRATEGY_CHECK_LIMIT", message);
  }
  throw new StrategyError("STRATEGY_CHECK_UNAVAILABLE", `strategies cannot be checked: ${trouble.reason}`, {
    retryable: true,
  });
}

async function inspect(source: string, javascript: string, fileName: string, sandbox: Sandbox): Promise<CheckResult> {
  const reply = await sandbox.execute({ entry: "inspect", javascript, fileName, fuel: INSPECT_FUEL }, []);
  if (reply.error !== undefined) return refused([loadDiagnostic(reply.error, javascript)]);
  const read = readExports(reply.exports ?? "{}");
  if (read.kind === "problems") {
    return refused(read.problems.map((problem) => exportDiagnostic(problem, javascript)));
  }
  const sha256 = createHash("sha256").update(source).digest("hex");
  return { ok: true, code: { javascript, sha256, fileName, ...read.exports } };
}

/** The module failed when it was loaded. */
function loadDiagnostic(error: RunError, javascript: string): Diagnostic {
  if (error.code === "STRATEGY_PROCESS_LOST") {
    throw new StrategyError("STRATEGY_CHECK_UNAVAILABLE", `strategies cannot be checked: ${error.message}`, {
      retryable: true,
    });
  }
  if (error.code !== "STRATEGY_IMPORTS") return diagnostic(error.code, error.message, error.line, error.column);
  // Types are blanked, so that the first specifier left is that of an import that stays.
  const { line, column } = placeOf(javascript, /["']@shoal\/strategy["']/);
  return diagnostic("STRATEGY_IMPORTS", IMPORTS_MESSAGE, line, column);
}

function exportDiagnostic({ exportName, code, message }: ExportProblem, javascript: string): Diagnostic {
  const { line, column } = placeOf(javascript, new RegExp(`(?<=\\bexport\\s+(?:const|let|var)\\s+)${exportName}\\b`));
  return diagnostic(code, message, line, column);
}

/** Line and column of what matches first; the beginning if nothing does. */
function placeOf(text: string, pattern: RegExp): { readonly line: number; readonly column: number } {
  const before = text.slice(0, Math.max(0, text.search(pattern)));
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function refused(diagnostics: readonly Diagnostic[]): CheckResult {
  return { ok: false, diagnostics };
}
