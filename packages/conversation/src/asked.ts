import { read } from "./text.ts";
import { type Topic, topicOf } from "./topics.ts";

/** The question that ends the bot's latest reply. */
export interface Asked {
  /** Kind of its answer: yes or no; yes or no to an offer of the bot; one of the things named; anything. */
  readonly kind: "yes_no" | "offer" | "choice" | "open";
  readonly topic: Topic | null;
}

const YES_NO_STARTS: ReadonlySet<string> = new Set(
  "do does did is are was were would will can could shall should have has any anything".split(" "),
);

const OFFERS: ReadonlySet<string> = new Set(["do you want", "would you like"]);

/** Returns the last question in `lines`, or null if they ask nothing. */
export function askedIn(lines: readonly string[]): Asked | null {
  const line = lines.findLast((candidate) => candidate.includes("?"));
  if (line === undefined) return null;
  const upTo = line.slice(0, line.lastIndexOf("?"));
  const start = Math.max(...[".", "!", "?", ":"].map((mark) => upTo.lastIndexOf(mark)));
  const { words } = read(upTo.slice(start + 1));
  return { kind: kindOf(words.map((word) => word.key)), topic: topicOf(words)?.topic ?? null };
}

function kindOf(keys: readonly string[]): Asked["kind"] {
  if (OFFERS.has(keys.slice(0, 3).join(" ")) || (keys[0] === "shall" && keys[1] === "we")) return "offer";
  if (keys.includes("or")) return "choice";
  return YES_NO_STARTS.has(keys[0] ?? "") ? "yes_no" : "open";
}
