import type { Reading } from "./text.ts";

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
    general: "pet pets animal animals",
    specific: "dog dogs cat cats puppy kitten hamster rabbit rabbits parrot fish horse horses turtle",
  },
  books: {
    general: "book books read reading novel novels author library chapter",
    specific: "fantasy poetry tolkien manga comics mystery mysteries biographies dostoevsky austen",
  },
  weekend: { general: "weekend saturday sunday friday plans tonight party", specific: "" },
  weather: {
    general: "weather temperature forecast",
    specific: "rain raining rainy snow snowing sunny windy storm cold heat fog cloudy",
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

/** What a message is about: the topic of its first specific word, else of its first general one. */
export function topicOf(words: Reading["words"]): { topic: Topic; specific: string | null } | null {
  let general: Topic | null = null;
  for (const word of words) {
    const entry = ENTRIES.get(word.key);
    if (entry?.isSpecific) return { topic: entry.topic, specific: word.raw };
    general ??= entry?.topic ?? null;
  }
  return general === null ? null : { topic: general, specific: null };
}

/** Whether `text` merely names a topic: "music". Such a word says too little to be taken up by itself. */
export function isGeneral(text: string): boolean {
  return ENTRIES.get(text.toLowerCase())?.isSpecific === false;
}

function split(words: string): string[] {
  return words.split(" ").filter((word) => word !== "");
}
