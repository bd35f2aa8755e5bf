import { join } from "node:path";
import { createSystemRuntime, sleep } from "@shoal/kernel";
import { openChild } from "../child.ts";

/** Results of the people who came since the last request. */
export interface CanaryFigures {
  readonly tried: number;
  readonly joined: number;
  /** Refused by a limit, or left without an answer. */
  readonly refused: number;
  /** Failed because the server was not there. */
  readonly unreachable: number;
  readonly slowestMs: number;
  /** Time from the first refusal to the last. */
  readonly refusedForMs: number;
}

export interface Canary {
  /** Waits for those who have come, and starts counting anew. */
  figures(): Promise<CanaryFigures>;
  close(): Promise<void>;
}

/** @param everyMs a new person comes after so long */
export async function startCanary(
  { url, key }: { readonly url: string; readonly key: string },
  everyMs = 500,
): Promise<Canary> {
  const child = await openChild(join(import.meta.dirname, "canary.ts"), [url, key, String(everyMs)]);
  return { figures: () => child.ask(null) as Promise<CanaryFigures>, close: () => child.close() };
}

/** Time until an overrun shows: a tick of the server's counters, and a second. */
const NEXT_TICK_MS = 6000;

/** Watches people until no one is refused any more, for `limitMs` at most, and returns their results since the last request. */
export async function watchCanary(canary: Canary, limitMs: number): Promise<CanaryFigures> {
  const { clock } = createSystemRuntime();
  const untilMs = clock.now() + limitMs;
  let total: CanaryFigures | null = null;
  for (;;) {
    await sleep(clock, NEXT_TICK_MS);
    const seen = await canary.figures();
    total = total === null ? seen : add(total, seen);
    if (seen.refused === 0 || clock.now() > untilMs) return total;
  }
}

function add(before: CanaryFigures, after: CanaryFigures): CanaryFigures {
  return {
    tried: before.tried + after.tried,
    joined: before.joined + after.joined,
    refused: before.refused + after.refused,
    unreachable: before.unreachable + after.unreachable,
    slowestMs: Math.max(before.slowestMs, after.slowestMs),
    // Extends a span of refusals that goes on.
    refusedForMs: before.refusedForMs + after.refusedForMs,
  };
}
