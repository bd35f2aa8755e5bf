import { type Clock, SECOND_MS } from "@shoal/kernel";

/** How long a replica leaves a bot to those who should run it: they have been told of it, and take it within milliseconds. */
const LEAVE_MS = 2 * SECOND_MS;

/** Remembers since when this replica sees which bots free. It goes by what it sees: after an outage all have been free for long. */
export function createPatience(clock: Pick<Clock, "monotonicMs">) {
  let sinceMs: ReadonlyMap<string, number> = new Map();

  const leftForMs = (botId: string) => clock.monotonicMs() - (sinceMs.get(botId) ?? clock.monotonicMs());

  return {
    /** Takes in which bots are free now. Returns in how many ms the next of them has been left long enough; null: none will be. */
    look(botIds: Iterable<string>): number | null {
      const nowMs = clock.monotonicMs();
      sinceMs = new Map([...botIds].map((botId) => [botId, sinceMs.get(botId) ?? nowMs]));
      const waitsMs = [...sinceMs.values()].map((since) => since + LEAVE_MS - nowMs).filter((waitMs) => waitMs > 0);
      return waitsMs.length > 0 ? waitsMs.reduce((first, waitMs) => Math.min(first, waitMs)) : null;
    },
    isOver: (botId: string) => leftForMs(botId) >= LEAVE_MS,
  };
}
