import type { Word } from "./text.ts";

export const TOPICS = [
  "music",
  "films",
  "food",
  "travel",
  "sport",
  "games",
  "work",
  "study",
  "pets",
  "books",
  "weekend",
  "weather",
  "tech",
] as const;

export type Topic = (typeof TOPICS)[number];

/** `general` words name the topic itself; `specific` ones are worth quoting back by themselves. */
interface Lexicon {
  readonly general: string;
  readonly specific: string;
}

const LEXICON: Readonly<Record<Topic, Lexicon>> = {
  music: {
    general: "music song songs band bands album albums concert concerts playlist singer listen listening lyrics",
    specific:
      "jazz rock metal techno pop punk blues reggae opera rap hiphop hip-hop classical country folk indie k-pop kpop guitar piano violin drums bass saxophone vinyl",
  },
  films: {
    general: "film films cinema series show shows tv watch watching episode actor actress netflix season",
    specific:
      "anime horror comedy comedies thriller thrillers documentary documentaries westerns sci-fi cartoons marvel",
  },
  food: {
    general: "food eat eating cook cooking dinner lunch breakfast restaurant recipe hungry meal snack bake baking",
    specific:
      "pizza pasta sushi tacos burgers curry ramen soup cheese chocolate coffee tea bread cake ice-cream pancakes noodles salad pineapple falafel dumplings",
  },
  travel: {
    general:
      "travel traveling travelling trip trips holiday holidays vacation flight abroad journey city country countries",
    specific:
      "japan italy spain france germany portugal greece mexico brazil canada australia norway iceland london paris berlin rome tokyo lisbon hiking camping backpacking beach mountains",
  },
  sport: {
    general: "sport sports team match gym training workout exercise league tournament fit",
    specific:
      "football soccer basketball tennis volleyball hockey baseball rugby running swimming climbing yoga cycling skiing surfing boxing badminton skating",
  },
  games: {
    general: "game games gaming gamer videogames console playstation xbox nintendo steam",
    specific: "minecraft fortnite chess poker zelda mario pokemon tetris roblox valorant warcraft sudoku puzzles",
  },
  work: {
    general: "work working job boss office career shift colleague colleagues meeting meetings salary company",
    specific:
      "nurse teacher engineer programmer developer designer waiter barista doctor lawyer chef driver accountant freelancing",
  },
  study: {
    general: "study studying school university college exam exams homework class classes student thesis degree",
    specific:
      "maths math physics biology chemistry history geography law medicine economics philosophy spanish psychology",
  },
  pets: {
    general: "pet pets animal animals vet",
    specific: "dog dogs cat cats puppy kitten hamster rabbit rabbits parrot fish horse horses turtle turtles",
  },
  books: {
    general: "book books read reading novel novels author library chapter",
    specific: "fantasy poetry tolkien manga comics mystery mysteries biographies dostoevsky austen",
  },
  weekend: { general: "weekend saturday sunday friday plans party", specific: "" },
  weather: {
    general: "weather temperature forecast raining rainy snowing snowy sunny windy cold hot cloudy foggy",
    specific: "rain snow storm heat fog",
  },
  tech: {
    general: "tech technology computer computers phone laptop internet app apps code coding programming software",
    specific: "python javascript typescript rust linux android iphone robotics 3d-printing electronics java",
  },
};

interface Entry {
  readonly topic: Topic;
  readonly isSpecific: boolean;
}

const ENTRIES: ReadonlyMap<string, Entry> = new Map(
  TOPICS.flatMap((topic) => [
    ...split(LEXICON[topic].general).map((word): [string, Entry] => [word, { topic, isSpecific: false }]),
    ...split(LEXICON[topic].specific).map((word): [string, Entry] => [word, { topic, isSpecific: true }]),
  ]),
);

/** Words that give the topic only when no other word does: the time of something says less than the thing. */
const WEAK: ReadonlyMap<string, Topic> = new Map([
  ...split(LEXICON.weekend.general).map((word): [string, Topic] => [word, "weekend"]),
  ["play", "games"],
  ["playing", "games"],
]);

/** Countable nouns: they can be quoted only with "a", "my" and the like in front. */
const COUNTABLE: ReadonlySet<string> = new Set(
  `${LEXICON.work.specific} dog cat puppy kitten hamster rabbit parrot horse turtle iphone beach storm`.split(" "),
);
const DETERMINERS: ReadonlySet<string> = new Set("a an the my our his her their two three four some".split(" "));
const NO_ADJECTIVES: ReadonlySet<string> = new Set(
  "is are was were has have and or of to in with who loves likes".split(" "),
);

/**
 * Returns the topic of the first specific word, else of the first general one. `specific` is that word with what belongs in
 * front of it ("my old dog"), or null when it cannot be quoted.
 */
export function topicOf(words: readonly Word[]): { topic: Topic; specific: readonly Word[] | null } | null {
  let general: Topic | null = null;
  let weak: Topic | null = null;
  for (const [at, word] of words.entries()) {
    const entry = ENTRIES.get(word.key);
    if (entry?.isSpecific) return { topic: entry.topic, specific: phraseAt(words, at) };
    weak ??= WEAK.get(word.key) ?? null;
    if (!WEAK.has(word.key)) general ??= entry?.topic ?? null;
  }
  const topic = general ?? weak;
  return topic === null ? null : { topic, specific: null };
}

function phraseAt(words: readonly Word[], at: number): readonly Word[] | null {
  const isDetermined = (from: number) => DETERMINERS.has(words[from]?.key ?? "");
  if (isDetermined(at - 1)) return words.slice(at - 1, at + 1);
  if (isDetermined(at - 2) && !NO_ADJECTIVES.has(words[at - 1]?.key ?? "")) return words.slice(at - 2, at + 1);
  const word = words[at];
  return word === undefined || COUNTABLE.has(word.key) ? null : [word];
}

/** Returns whether `text` merely names a topic: "music". Such a word says too little to be quoted by itself. */
export function isGeneral(text: string): boolean {
  return ENTRIES.get(text.toLowerCase())?.isSpecific === false;
}

function split(words: string): string[] {
  return words.split(" ").filter((word) => word !== "");
}
