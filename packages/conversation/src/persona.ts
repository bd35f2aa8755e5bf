import type { Intent } from "./meaning.ts";
import { listed, rows } from "./table.ts";
import type { Topic } from "./topics.ts";

/** A character for bots: names, taste and manner. */
export interface Persona {
  readonly id: string;
  /** Display names; no two personas share one, because the name tells which persona a bot is. */
  readonly names: readonly string[];
  /** The persona in words, for a language model that speaks in its place. */
  readonly manner: string;
  readonly voice: Voice;
  readonly lines: PersonaLines;
}

/** Style. `asks` and `twoLines`: how often, from 0 to 1, a reply has a question, and how often that question is a line of its own. */
export interface Voice {
  readonly casing: "sentence" | "lower";
  readonly asks: number;
  readonly twoLines: number;
  /** Put in front of a reaction now and then, capitalised: "Oh,". */
  readonly openings: readonly string[];
  /** Put behind a reaction now and then: ":)". */
  readonly endings: readonly string[];
}

type Lines = readonly string[];

/** What each persona has lines for. Last ones: `idle`: the partner was silent; `limit`: it was long enough; `stop`: the service ends. */
type Situation =
  | ("disclosedGreetings" | "greetings" | "identity" | "wellbeing" | "hobbies" | "openers")
  | ("goodbyes" | "idle" | "limit" | "stop");
type By<Key extends string> = { readonly [key in Key]?: Lines | undefined };

/**
 * Templates in a persona's own words. They may hold `{me}`, `{name}`, and in `answers` `{object}` and `{feeling}`; a template
 * is used only when everything it holds is known. None may claim a human life.
 */
export interface PersonaLines extends Readonly<Record<Situation, Lines>> {
  /** What it says of a topic. */
  readonly views: By<Topic>;
  /** Its favourites, by topic or by the word asked for: "colour". */
  readonly favourites?: Readonly<Record<string, Lines>> | undefined;
  /** Its choices of a topic, when asked for advice. */
  readonly advice?: By<Topic> | undefined;
  /** Its own answers by intent; those of everybody come after them. */
  readonly answers?: By<Intent> | undefined;
}

/** Reads the lines of a persona from rows; those of a group stand between bars, with their key: `views  music: … | films: …`. */
export function personaLines(text: string): PersonaLines {
  const grouped = (said: string) =>
    said.split(" | ").map((one) => [one.slice(0, one.indexOf(": ")), listed(one.slice(one.indexOf(": ") + 2))]);
  const isGroup = (name: string) => ["views", "favourites", "advice", "answers"].includes(name);
  const read = rows(text).map(([name, said]) => [
    name,
    isGroup(name) ? Object.fromEntries(grouped(said.join(" / "))) : said,
  ]);
  return Object.fromEntries(read) as PersonaLines;
}
