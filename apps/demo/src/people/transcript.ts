import type { SaidLine } from "./protocol.ts";

const LINES_KEPT = 6;
/** Bounds what other clients can make us send to the demo four times a second, in characters. */
const TEXT_LIMIT = 400;
const NAME_LIMIT = 80;

/** A person or bot in a room. */
export interface Speaker {
  readonly name: string;
  readonly isBot: boolean;
}

/** Keeps the latest lines of one conversation. When it is over, follows the next in which something is said. */
export class Transcript {
  #matchId: string | undefined;
  #isOver = true;
  #lines: SaidLine[] = [];

  /** The latest lines, oldest first. They stay after the conversation is over, until another one is followed. */
  get lines(): readonly SaidLine[] {
    return this.#lines;
  }

  /** Notes a line, unless another conversation is followed. What both sides of a match report is noted once, by `id`. */
  add(matchId: string, id: string, speaker: Speaker, text: string): void {
    if (this.#matchId !== matchId) {
      if (!this.#isOver) return;
      this.#matchId = matchId;
      this.#isOver = false;
      this.#lines = [];
    }
    if (this.#lines.some((line) => line.id === id)) return;
    const line = { id, name: speaker.name.slice(0, NAME_LIMIT), isBot: speaker.isBot, text: text.slice(0, TEXT_LIMIT) };
    this.#lines = [...this.#lines, line].slice(-LINES_KEPT);
  }

  /** Called when one side has left the room. */
  end(matchId: string): void {
    if (this.#matchId === matchId) this.#isOver = true;
  }
}
