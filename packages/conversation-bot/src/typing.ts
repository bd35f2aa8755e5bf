import { type Rng, uniform } from "@shoal/kernel";

/** Speed of a bot's typing. */
export interface Typing {
  /** 0 or more. */
  readonly msPerCharacter: number;
  /** The shortest and the longest delay of one line, in ms. */
  readonly minMs: number;
  readonly maxMs: number;
  /** Random part of the delay, as a ratio: 0 to 1. */
  readonly variation: number;
}

/** Default: quick for a person, slow enough to read along. */
export const DEFAULT_TYPING: Typing = { msPerCharacter: 30, minMs: 600, maxMs: 3500, variation: 0.25 };

/** Returns the time to "type" `text`, in whole ms from `minMs` to `maxMs`: proportional to its length, varied randomly. */
export function typingDelayMs(text: string, typing: Typing, rng: Rng): number {
  const varied = text.length * typing.msPerCharacter * uniform(rng, 1 - typing.variation, 1 + typing.variation);
  return Math.round(Math.min(typing.maxMs, Math.max(typing.minMs, varied)));
}
