import { type Rng, uniform } from "@shoal/kernel";

/** How fast a bot types. */
export interface Typing {
  /** 0 or more. */
  readonly msPerCharacter: number;
  /** The shortest and the longest delay of one line, in ms. */
  readonly minMs: number;
  readonly maxMs: number;
  /** How much two lines of one length may differ, as a ratio of the delay: 0 to 1. */
  readonly variation: number;
}

/** Quick for a person, slow enough to read along. */
export const DEFAULT_TYPING: Typing = { msPerCharacter: 30, minMs: 600, maxMs: 3500, variation: 0.25 };

/** The time to "type" `text`, in whole ms from `minMs` to `maxMs`: proportional to its length, varied by chance. */
export function typingDelayMs(text: string, typing: Typing, rng: Rng): number {
  const varied = text.length * typing.msPerCharacter * uniform(rng, 1 - typing.variation, 1 + typing.variation);
  return Math.round(Math.min(typing.maxMs, Math.max(typing.minMs, varied)));
}
