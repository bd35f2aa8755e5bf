import { isStorableText } from "@shoal/kernel";

/** The topics of many ids: each is `prefix`, id and `suffix`. */
export interface TopicPattern {
  readonly prefix: string;
  readonly suffix: string;
}

/** Ids as people and rooms have them. Several, so that a topic which depends on more than its id is noticed. */
const SAMPLES = Array.from(
  { length: 8 },
  (_, n) => `${n}a${n}b${n}c${n}d-e${n}f${n}-4${n}a${n}-8b${n}c-${n}d${n}e${n}f${n}a${n}b${n}c`,
);

/** Finds the pattern of a fleet file's function from id to topic; null if its topics have none that a policy could name. */
export function topicPattern(topicOf: (id: string) => unknown): TopicPattern | null {
  const patterns = SAMPLES.map((id) => splitAt(id, topicOf(id)));
  const [first] = patterns;
  if (!first || first.prefix + first.suffix === "" || !isStorableText(first.prefix + first.suffix)) return null;
  const isSame = patterns.every((other) => other?.prefix === first.prefix && other.suffix === first.suffix);
  return isSame ? first : null;
}

function splitAt(id: string, topic: unknown): TopicPattern | null {
  if (typeof topic !== "string") return null;
  const [prefix = "", suffix, ...more] = topic.split(id);
  return suffix === undefined || more.length > 0 ? null : { prefix, suffix };
}
