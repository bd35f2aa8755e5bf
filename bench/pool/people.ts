import { join } from "node:path";
import { openChild } from "./child.ts";

/** What became of the people who came since the last question. */
export interface CanaryFigures {
  readonly tried: number;
  readonly joined: number;
  /** By a limit, or left without an answer. */
  readonly refused: number;
  /** The server was not there. */
  readonly unreachable: number;
  readonly slowestMs: number;
  /** From the first who was refused to the last. */
  readonly refusedForMs: number;
}

export interface Canary {
  /** And starts counting anew. */
  figures(): Promise<CanaryFigures>;
  close(): Promise<void>;
}

export async function startCanary({ url, key }: { readonly url: string; readonly key: string }): Promise<Canary> {
  const child = await openChild(join(import.meta.dirname, "canary.ts"), [url, key]);
  return { figures: () => child.ask(null) as Promise<CanaryFigures>, close: () => child.close() };
}
