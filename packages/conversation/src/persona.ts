import type { Topic } from "./topics.ts";

/**
 * Style of a persona. `asks` and `twoLines` are ratios from 0 to 1: how often a reply has a question, and how often that
 * question is a line of its own.
 */
export interface Voice {
  readonly casing: "sentence" | "lower";
  readonly asks: number;
  readonly twoLines: number;
  /** Put in front of a reaction now and then, capitalised: "Oh,". */
  readonly openings: readonly string[];
  /** Put behind a reaction now and then: ":)". */
  readonly endings: readonly string[];
}

/**
 * Templates in a persona's own words. They may hold `{me}`, `{name}`, `{object}`, `{said}` (what the partner told, reads on
 * after "you"), `{feeling}`; a template is used only when everything it holds is known. None may claim a human life.
 */
export interface PersonaLines {
  /** First lines with disclosure on: each says "bot". */
  readonly disclosedGreetings: readonly string[];
  readonly greetings: readonly string[];
  /** Answers to "are you a bot?": each says "bot". */
  readonly identity: readonly string[];
  readonly wellbeing: readonly string[];
  readonly hobbies: readonly string[];
  readonly goodbyes: readonly string[];
  /** Last lines: the partner has been silent for a while. */
  readonly idle: readonly string[];
  /** Last lines: the conversation has reached its length. */
  readonly limit: readonly string[];
  /** Last lines: the service is going down; short. */
  readonly stop: readonly string[];
  readonly views: Readonly<Partial<Record<Topic, readonly string[]>>>;
  /** Its choices of a topic it likes; those of other topics come from a common list. */
  readonly advice?: Readonly<Partial<Record<Topic, readonly string[]>>>;
  /** Subjects it brings up by itself when the conversation stalls. */
  readonly openers: readonly string[];
}

/** A character for bots: names, taste and manner. */
export interface Persona {
  readonly id: string;
  /** Display names; no two personas share one, because the name tells which persona a bot is. */
  readonly names: readonly string[];
  readonly voice: Voice;
  readonly lines: PersonaLines;
}
