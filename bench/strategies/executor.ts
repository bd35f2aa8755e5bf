import { join } from "node:path";
import type { Language } from "@shoal/strategy-runner";
import { openChild } from "../child.ts";

const PROGRAM = join(import.meta.dirname, "executor-process.ts");

export type ExecutorRequest =
  /** Returns the figures since the last such request. */
  | { readonly kind: "figures" }
  /** Deploys a strategy and returns how long it took until its first run was written. */
  | { readonly kind: "deploy"; readonly source: string; readonly language: Language }
  /** Returns the resident memory of the process, after a collection, in bytes. */
  | { readonly kind: "memory" };

export interface RunFigures {
  readonly ranCount: number;
  readonly failedCount: number;
  /** Statements sent to the database. */
  readonly queryCount: number;
  readonly claimToWrittenP50Ms: number;
  readonly claimToWrittenP99Ms: number;
}

export interface Executor extends AsyncDisposable {
  figures(): Promise<RunFigures>;
  deploy(source: string, language?: Language): Promise<{ readonly strategyId: string; readonly tookMs: number }>;
  memoryBytes(): Promise<number>;
}

/** Starts the executor as the daemon has it, in a process of its own. */
export async function startExecutor(url: string, variables: Readonly<Record<string, string>> = {}): Promise<Executor> {
  const child = await openChild(PROGRAM, [url, JSON.stringify(variables)]);
  return {
    figures: () => child.ask({ kind: "figures" }) as Promise<RunFigures>,
    deploy: (source, language = "javascript") =>
      child.ask({ kind: "deploy", source, language }) as ReturnType<Executor["deploy"]>,
    memoryBytes: () => child.ask({ kind: "memory" }) as Promise<number>,
    [Symbol.asyncDispose]: () => child.close(),
  };
}
