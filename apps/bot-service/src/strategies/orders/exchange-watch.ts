import { type Clock, type EventSource, MINUTE_MS } from "@shoal/kernel";
import type { OrderEvents } from "./events.ts";

/** Knows which exchanges do not answer, for `/readyz`. */
export interface ExchangeWatch {
  /** What is wrong, in words; undefined while each exchange answered when it was last asked. */
  trouble(): string | undefined;
}

/** After a look that was due and did not come: its order is over, and nobody asks any more. */
const FORGOTTEN_AFTER_MS = MINUTE_MS;

/**
 * Watches what the dispatcher says. An exchange that nobody asks any more is in no trouble; without a clock it is until it answers.
 */
export function watchExchanges(
  events: Pick<EventSource<OrderEvents>, "on">,
  clock: Pick<Clock, "monotonicMs"> = { monotonicMs: () => 0 },
): ExchangeWatch {
  const troubles = new Map<string, { readonly code: string; readonly untilMs: number }>();
  events.on("order:failed", ({ venue, code, retryInMs }) => {
    // Not answered by our database is not unanswered by the exchange.
    if (code.startsWith("STORE_")) return;
    const untilMs = clock.monotonicMs() + retryInMs + FORGOTTEN_AFTER_MS;
    troubles.set(venue, { code, untilMs: Math.max(untilMs, troubles.get(venue)?.untilMs ?? 0) });
  });
  events.on("exchange:answered", ({ venue }) => troubles.delete(venue));
  return {
    trouble() {
      const nowMs = clock.monotonicMs();
      for (const [venue, { untilMs }] of troubles) if (untilMs < nowMs) troubles.delete(venue);
      if (troubles.size === 0) return undefined;
      return [...troubles].map(([venue, { code }]) => `${venue}: ${code}`).join(", ");
    },
  };
}
