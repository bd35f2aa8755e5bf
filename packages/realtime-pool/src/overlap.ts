import type { Payload } from "./types.ts";

/** The leg a channel is moving away from, and the one it is moving to. */
export type LegName = "old" | "new";

/**
 * Two legs hear one topic while a channel moves; each message is news once. The server gives a broadcast no id, so a
 * message is known by its words: of equal ones, as many are news as the leg that heard more of them has heard.
 *
 * Exact for messages that differ. Of equal ones, one is lost if it was said before the new leg was there and said again
 * after the old one had gone, within the life of this object.
 */
export class Overlap {
  /** How many more of a message the old leg has brought than the new one; below 0 it is the other way round. */
  readonly #lead = new Map<string, number>();
  /** Own messages the other leg will bring back as if they were somebody's, by leg and message. */
  readonly #echoes = new Map<string, number>();
  #ended: LegName | null = null;

  /** A leg brought this message. True: it is news. */
  hears(leg: LegName, message: string): boolean {
    const echo = `${leg} ${message}`;
    const expected = this.#echoes.get(echo) ?? 0;
    if (expected > 0) {
      setOrDelete(this.#echoes, echo, expected - 1);
      return false;
    }
    const step = leg === "old" ? 1 : -1;
    const lead = this.#lead.get(message) ?? 0;
    const isNews = lead * step >= 0;
    // With the other leg gone there is nobody left to bring a copy.
    if (!isNews || this.#ended === null) setOrDelete(this.#lead, message, lead + step);
    return isNews;
  }

  /** We said it ourselves on that leg: to the other one, if it is still there, the server says it too. */
  sent(leg: LegName, message: string): void {
    const other = leg === "old" ? "new" : "old";
    if (this.#ended !== null) return;
    const echo = `${other} ${message}`;
    this.#echoes.set(echo, (this.#echoes.get(echo) ?? 0) + 1);
  }

  /** That leg says nothing any more; what it was first to bring may still come from the other. Once. */
  ends(leg: LegName): void {
    if (this.#ended !== null) return;
    this.#ended = leg;
    const step = leg === "old" ? 1 : -1;
    for (const [message, lead] of this.#lead) if (lead * step < 0) this.#lead.delete(message);
    for (const echo of this.#echoes.keys()) if (echo.startsWith(leg)) this.#echoes.delete(echo);
  }

  /** One leg is gone and no copy is outstanding: whatever comes now is news. */
  get isOver(): boolean {
    return this.#ended !== null && this.#lead.size === 0 && this.#echoes.size === 0;
  }
}

function setOrDelete(counts: Map<string, number>, key: string, count: number): void {
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** What makes two messages equal. Null for one that cannot be told from others: nested beyond what can be written down. */
export function wordsOf(kind: string, content: Payload): string | null {
  try {
    return `${kind}\n${JSON.stringify(content)}`;
  } catch {
    return null;
  }
}
