import { integer, pick, type Rng } from "@shoal/kernel";

const NAMES =
  "Anna Ben Chloe David Elif Felix Grace Hugo Ines Jonas Katya Liam Mona Noah Olga Paul Rania Samir Tess Umut Vera Will Xenia Yusuf Zoe Aldo".split(
    " ",
  );
const THINGS = [
  "jazz",
  "ramen",
  "chess",
  "old films",
  "hiking",
  "techno",
  "baking bread",
  "fantasy novels",
  "tennis",
  "board games",
];
const PLACES = ["Lisbon", "the mountains", "a lake nearby", "my sister's place", "the zoo", "a flea market"];

const MIDDLE: readonly ((rng: Rng) => string)[] = [
  () => "how are you today?",
  (rng) => `I like ${pick(rng, THINGS)}`,
  (rng) => `do you like ${pick(rng, THINGS)}?`,
  (rng) => `what do you think about ${pick(rng, THINGS)}?`,
  (rng) => `I went to ${pick(rng, PLACES)} last weekend`,
  () => "what do you do for fun?",
  () => "I'm a bit tired today",
  () => "haha nice",
  () => "tell me a joke",
  () => "where are you from?",
  () => "any plans for the weekend?",
  () => "are you a bot?",
  () => "my cat is asleep on the keyboard",
  () => "ok",
];

/** Draws a first name; with more people than names some share one, as people do. */
export function personName(rng: Rng): string {
  return pick(rng, NAMES);
}

/** Draws a person's lines for one conversation: a greeting, a name, one to four more lines, a goodbye. */
export function smallTalk(name: string, partnerName: string, rng: Rng): readonly string[] {
  const opener = pick(rng, ["hi!", "hey", "hello there", `hi ${partnerName}`]);
  const introduction = pick(rng, [`I'm ${name}`, `my name is ${name}, what's yours?`, `I'm ${name}, nice to meet you`]);
  const left = [...MIDDLE];
  const middle = Array.from({ length: integer(rng, 1, 4) }, () => {
    const [line] = left.splice(integer(rng, 0, left.length - 1), 1);
    return line?.(rng) ?? "ok";
  });
  const goodbye = pick(rng, ["got to go, bye!", `was nice talking, bye ${partnerName}`, "bye, take care!"]);
  return [opener, introduction, ...middle, goodbye];
}
