import { listed } from "./table.ts";
import { list, type Word } from "./text.ts";
import { TOPIC_TABLE } from "./topic-table.ts";

export const TOPICS = [
  ...(["music", "films", "food", "travel", "sport", "games", "work", "study", "pets", "books", "weekend"] as const),
  ...(["weather", "tech", "family", "love", "home", "art", "sleep", "nature", "health"] as const),
] as const;

export type Topic = (typeof TOPICS)[number];

/** What there is to say about a topic. */
type TopicLines = Readonly<Record<"remarks" | "questions" | "picks", readonly string[]>>;

/** Something that a message is about. `label` names it in a sentence: "your dog"; null if only the topic is known. */
export interface Thing {
  readonly topic: Topic;
  readonly label: string | null;
  readonly remark: string | null;
  readonly question: string | null;
}

const LINES = new Map<Topic, TopicLines>();
/** Things by word. The greater the weight, the more a word tells: the time of something less than its topic, people less than the thing itself. */
const THINGS = new Map<string, Thing & { readonly weight: number }>();
export const PEOPLE = list("family love");
/** Words that name a topic only where nothing else does. */
const VAGUE = list("play playing played");

function readTable(): void {
  let topic: Topic = "music";
  let about: readonly string[] = [];
  for (const row of TOPIC_TABLE.trim()
    .replace(/\n([/|]) /g, " $1 ")
    .split("\n")) {
    const [, mark = "", rest = ""] = /^([#+-] )?(.*)$/.exec(row) ?? [];
    const [first = "", second = "", ...said] = rest.split(" | ");
    if (mark === "# ") topic = addTopic(rest);
    else if (mark === "- ") LINES.set(topic, { remarks: listed(first), questions: listed(second), picks: [] });
    else if (mark === "+ ") LINES.set(topic, { ...linesOf(topic), picks: listed(rest) });
    else {
      if (said.length > 0) about = said;
      const [remark = null, question = null] = about;
      for (const word of first.split(" "))
        THINGS.set(word, { topic, label: labelOf(word, second), remark, question, weight: PEOPLE.has(topic) ? 3 : 4 });
    }
  }
}

function addTopic(row: string): Topic {
  const [topic, words] = row.split(": ") as [Topic, string];
  const weight = (word: string) => (topic === "weekend" || VAGUE.has(word) ? 1 : 2);
  const nothing = { label: null, remark: null, question: null };
  for (const word of words.split(" ")) THINGS.set(word, { topic, ...nothing, weight: weight(word) });
  return topic;
}

function labelOf(word: string, form: string): string {
  if (form === "^") return word.charAt(0).toUpperCase() + word.slice(1);
  return form === "." ? word : ["the", "your"].includes(form) ? `${form} ${word}` : form;
}

/** Returns the last of the most telling things that the words name, or null. */
export function thingIn(words: readonly Word[]): Thing | null {
  const things = words.flatMap(({ key }) => THINGS.get(key) ?? THINGS.get(key.replace(/s$/, "")) ?? []);
  const most = Math.max(...things.map(({ weight }) => weight));
  return things.findLast(({ weight }) => weight === most) ?? null;
}

/** Returns what there is to say about a topic. */
export const linesOf = (topic: Topic): TopicLines => LINES.get(topic) as TopicLines;

readTable();
