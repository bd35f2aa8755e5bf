import type { EventSource } from "@shoal/kernel";
import type { OrderEvents } from "./events.ts";

/** Knows which exchanges do not answer, for `/readyz`. */
export interface ExchangeWatch {
  /** What is wrong, in words; undefined while each exchange answered when it was last asked. */
  trouble(): string | undefined;
}

/** Watches what the dispatcher says. An exchange that nobody asks any more is in no trouble. */
export function watchExchanges(events: Pick<EventSource<OrderEvents>, "on">): ExchangeWatch {
  const troubles = new Map<string, string>();
  events.on("order:failed", ({ venue, code }) => {
    // Not answered by our database is not unanswered by the exchange.
    if (!code.startsWith("STORE_")) troubles.set(venue, code);
  });
  events.on("exchange:answered", ({ venue }) => troubles.delete(venue));
  return {
    trouble() {
      if (troubles.size === 0) return undefined;
      return [...troubles].map(([venue, code]) => `${venue}: ${code}`).join(", ");
    },
  };
}
