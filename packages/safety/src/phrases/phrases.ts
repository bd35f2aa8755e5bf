import type { Groups } from "../patterns.ts";

/** What one language says about what this package listens for. The sections are lines of the pattern language of patterns.ts. */
export interface Phrases {
  /** Words left out before anything is looked for: they would stand between the words of a pattern. */
  readonly fillers: string;
  /** Short forms, and what they stand for: `im:i am`. */
  readonly synonyms: string;
  readonly groups: Groups;
  /** Figures of speech, quotations and stories. What they cover is not looked at again. */
  readonly harmless: string;
  /** Subjects that are stories, games, songs or studies: with one of them in the message, `selfHarm` counts only beside `real`. */
  readonly stories: string;
  /** The person may be in danger. */
  readonly selfHarm: string;
  /** Somebody whom the person knows may be in danger. */
  readonly other: string;
  /** What an age is not about: minutes, somebody else, the past. */
  readonly otherAges: string;
  /** An age: the number in the pattern is the age. */
  readonly age: string;
  /** A birthday that is to come: the number is one more than the age. */
  readonly birthday: string;
  /** A year of school: the number and `schoolYear` make the age. */
  readonly school: string;
  /** The age of the youngest in the first year, less one. */
  readonly schoolYear: number;
  /** A year of birth. */
  readonly born: string;
  /** Under age without a number, and the age that is meant at most. */
  readonly minors: readonly (readonly [age: number, lines: string])[];
  /** Contact data, or a meeting. */
  readonly contact: string;
  /** Sexual talk, of anybody. */
  readonly sexual: string;
  /** Intimate talk, which is none of a bot's with a minor. */
  readonly intimate: string;
}
