import type { Rng } from "@shoal/kernel";
import { choose, fill, type How, type Values } from "./choose.ts";
import { lines as shared } from "./lines.ts";
import type { Meaning } from "./meaning.ts";
import { type Memory, speak } from "./memory.ts";
import type { Persona } from "./persona.ts";
import { list } from "./text.ts";
import { linesOf, type Thing, type Topic } from "./topics.ts";
import { cased, voiced } from "./voice.ts";

type Lines = readonly string[];
type Pools = readonly Lines[];
type Fact = Memory["facts"][number];

const MAX_QUESTIONS_IN_ROW = 2;
const MAX_JOINED_LENGTH = 150;
/** Messages for which nothing else is talked about after a loss, and after which the bot comes back to it once. */
const GRAVE_TURNS = 2;
const RETURN_TURNS = 4;
/** Messages from one quote, one new subject, one fact to the next, and after which a fact is old enough to come back to. */
const PAUSE_TURNS = 3;
/** How often, at least, the reply to a message of little content goes on with the topic. */
const CARRY_ON_RATIO = 0.7;

/** Intents whose answers never change the subject, even when they have to repeat themselves: that would be dishonest or careless. */
const STEADFAST = list("abuse identity contact other_language");
/** Intents of messages that tell something, and of those that say little by themselves. */
const TOLD = list("topic dislikes feeling_good feeling_bad plan past says they amount opinion other");
const LOW = list("yes no short unsure praise laugh thanks compliment sorry repeated");
/** Questions and courtesies: their answer may be followed by what there is to say about a thing named besides. */
const ASIDE = new Set([...LOW, ...list("ask_wellbeing ask_back ask_name name greeting good_news")]);
/** Topics that are most often still about a loss. */
const CLOSE = list("pets family love health home sleep");

/** What a reply is made of: everything known when it begins. */
interface Scene {
  readonly persona: Persona;
  readonly memory: Memory;
  readonly meaning: Meaning;
  readonly rng: Rng;
  readonly values: Values;
  /** Whether the reply comes back to a loss. */
  readonly isReturning: boolean;
}

/** Lines to say, and the memory after them. */
export interface Turn {
  readonly lines: readonly string[];
  readonly memory: Memory;
}

/** Returns the reply to a message that does not end the conversation. `memory` holds that message already. Pure. */
export function answer(persona: Persona, memory: Memory, meaning: Meaning, rng: Rng): Turn {
  const isReturning = returnsToLoss(memory, meaning);
  const values = { ...valuesOf(memory, meaning), ...(isReturning ? { object: memory.grief?.object ?? null } : {}) };
  const scene = { persona, memory, meaning, rng, values, isReturning };
  const isWeary = memory.questionsInRow >= MAX_QUESTIONS_IN_ROW;
  const templates: string[] = [];
  const parts: string[] = [];
  const say = (pools: Pools, given: Values, how: How): boolean => {
    const usable = pools.map((pool) => pool.filter((template) => fill(template, given) !== null));
    const template = choose(usable, [...memory.said, ...templates], rng, how);
    if (template === undefined) return false;
    templates.push(template);
    parts.push(fill(template, given) ?? "");
    return true;
  };
  const isLed = say(leadPools(scene), values, { quietly: true, freshOnly: true });
  const isAdvised = meaning.intent === "bad_news" && meaning.advice !== null;
  say(mainPools(scene), values, { quietly: isWeary || isLed || isAdvised });
  const hasSaidEnough = parts.length > 1 || !templates.every(isStatement);
  const { pools, fact } = hasSaidEnough ? NOTHING : nextPart(scene);
  const isNext = say(pools, fact ? { ...values, ...fact } : values, { quietly: isWeary, freshOnly: true });
  return { lines: toLines(parts, scene), memory: remember(scene, templates, isNext ? fact : undefined) };
}

/** Values of the placeholders of a template in this reply. */
function valuesOf(memory: Memory, meaning: Meaning): Values {
  const { me, name } = memory;
  const { intent, feeling, sum, thing } = meaning;
  const isAsked = intent.startsWith("ask_");
  const said = intent === "ask_memory" ? recalled(memory, meaning) : null;
  // A person is told back what they said now and then, not each time.
  const mayQuote = isAsked || intent === "bad_news" || memory.turn - memory.quotedTurn >= PAUSE_TURNS;
  if (!mayQuote) return { me, name, said, sum };
  // The label has the right case.
  const isSame = meaning.object?.toLowerCase() === thing?.label?.toLowerCase();
  const object = isSame ? thing?.label : meaning.object;
  return { me, name, said, sum, feeling, object: object ?? (isAsked ? (thing?.label ?? thing?.topic ?? null) : null) };
}

/** Words of a question about what was told that name nothing in it. */
const RECALL_WORDS = list(
  "what about said say tell told know remember like that this when where which have anything does did was the for you name far",
);

/** Returns what was told of the things asked about; of anything if the question names none. */
function recalled({ facts }: Memory, { keys, thing }: Meaning): string | null {
  const asked = keys.filter((key) => key.length > 2 && !RECALL_WORDS.has(key));
  const words = ({ said }: Fact) => said.toLowerCase().split(/[ ']/);
  const named = facts.filter((fact) => words(fact).some((word) => asked.includes(word)));
  const found = named.length > 0 || thing === null ? named : facts.filter(({ topic }) => topic === thing.topic);
  const told = found.length > 0 || asked.length > 1 ? found : facts;
  const [last, before] = told.toReversed().map(({ said }) => said);
  return before === undefined ? (last ?? null) : `${before} and ${last}`;
}

/** Before the rest: a welcome by name, or sympathy where a question is asked in the same breath. */
function leadPools({ persona, meaning }: Scene): Pools {
  const { intent, name, news } = meaning;
  if (STEADFAST.has(intent)) return [];
  if (name !== null && intent !== "name") return [persona.lines.answers?.name ?? [], shared("name")];
  return news !== null && news !== "good" && intent !== "bad_news" ? [plain(shared("bad_news"))] : [];
}

/** The lines that answer the message, best first, and those of last resort. */
function mainPools(scene: Scene): Pools {
  const { persona, memory, meaning } = scene;
  const { intent } = meaning;
  if (intent === "identity") return [persona.lines.identity];
  if (STEADFAST.has(intent)) return [shared(intent === "other_language" ? `language.${meaning.language}` : intent)];
  const more = memory.topic === null ? [] : linesOf(memory.topic).remarks;
  if (memory.grief !== null) return [...gentlePools(scene), plain(shared("other")), shared("opener"), more];
  const answered = memory.asked === null ? [] : shared(`${memory.asked}.${intent}`);
  const other = [plain(persona.lines.answers?.other), more, plain(shared("other"))];
  return [answered, ...usualPools(scene), ...other, persona.lines.openers, shared("opener")];
}

/** Returns what is said after a loss, in everybody's plain words. */
function gentlePools(scene: Scene): Pools {
  const { memory, meaning, isReturning } = scene;
  const { intent, thing } = meaning;
  if (isReturning) return [shared("care.later")];
  const isFresh = memory.turn - (memory.grief?.turn ?? 0) <= GRAVE_TURNS;
  if (intent === "topic" && thing !== null && !isFresh && !CLOSE.has(thing.topic))
    return [thing.question === null ? [] : [thing.question], linesOf(thing.topic).questions, shared("care")];
  const own = shared(`care.${intent === "ask_view" ? "ask_opinion" : intent}`);
  if (TOLD.has(intent) || LOW.has(intent)) return [own, shared("care"), plain(shared("feeling_bad"))];
  return own.length > 0 ? [own, plain(shared(intent))] : usualPools(scene);
}

function returnsToLoss({ grief, turn }: Memory, { intent }: Meaning): boolean {
  if (grief === null || grief.object === null || grief.isRecalled || turn - grief.turn < RETURN_TURNS) return false;
  return TOLD.has(intent) || LOW.has(intent);
}

/** Returns the lines of an intent: of the persona and of everybody, those that take up the thing first, or of another source. */
function usualPools(scene: Scene): Pools {
  const { persona, memory, meaning, values } = scene;
  const { lines } = persona;
  const { intent, thing, object } = meaning;
  const own = memory.grief === null ? (lines.answers?.[intent] ?? []) : [];
  const common = shared(intent);
  switch (intent) {
    case "ask_wellbeing":
      return [lines.wellbeing];
    case "ask_hobbies":
      return [lines.hobbies];
    case "topic":
      return thing ? topicPools(persona, thing) : object?.startsWith("your ") ? [] : [shared("unknown_thing")];
    case "ask_favourite":
      return [favourites(persona, object, thing?.topic), common];
    case "ask_view":
      return [common.filter(isQuote), own, common];
    case "ask_back":
      // "fine, and you?" answers a "how are you".
      if (meaning.feeling !== null || memory.topic === null) return [lines.wellbeing, common];
      return [favourites(persona, null, memory.topic), lines.views[memory.topic] ?? [], common];
    case "ask_advice":
      return advicePools(scene);
    case "ask_own_name":
      return [memory.name === null ? shared("not_told.ask_own_name") : common];
    case "ask_memory":
      return [values.said == null ? shared("not_told.ask_memory") : common];
    case "bad_news":
      if (meaning.news === "loss") return [shared("loss").filter(isQuote), shared("loss")];
  }
  return [own.filter(isQuote), common.filter(isQuote), plain(own), plain(common)];
}

/** Lines about the thing first, then the persona's and everybody's about its topic. */
function topicPools({ lines }: Persona, { topic, remark, question }: Thing): Pools {
  const { remarks, questions } = linesOf(topic);
  return [[remark, question].filter((line) => line !== null), lines.views[topic] ?? [], remarks, questions];
}

function favourites({ lines }: Persona, object: string | null, topic: Topic | undefined): Lines {
  const key = (object ?? "").split(" ").find((word) => lines.favourites?.[word] !== undefined);
  return lines.favourites?.[key ?? topic ?? ""] ?? [];
}

function advicePools({ persona, meaning: { advice, thing, isDelicate } }: Scene): Pools {
  if (isDelicate || advice === null) return [shared("advice.careful")];
  if (advice !== "pick" || thing === null) return [shared(`advice.${advice}`)];
  return [persona.lines.advice?.[thing.topic] ?? [], linesOf(thing.topic).picks, shared("advice.pick")];
}

/** Lines to go on with; `fact` is set when they come back to something told earlier. */
interface Next {
  readonly pools: Pools;
  readonly fact?: Fact;
}

const NOTHING: Next = { pools: [] };

/** Returns how the reply goes on, if it does. */
function nextPart(scene: Scene): Next {
  const { persona, memory, meaning, rng } = scene;
  const { intent, thing, advice, news } = meaning;
  if (intent === "bad_news" || memory.grief !== null)
    return advice !== null && news !== null ? { pools: [shared("advice.careful")] } : NOTHING;
  const about = thing === null ? [] : [persona.lines.views[thing.topic] ?? [], ...topicPools(persona, thing)];
  if (thing !== null && ASIDE.has(intent)) return { pools: about.slice(1) };
  // Asked for its view it gives one, and does not ask back about itself.
  if (thing !== null && (intent === "ask_view" || intent === "ask_done"))
    return { pools: about.map((pool) => pool.filter(isStatement)) };
  const isLow = LOW.has(intent);
  // An offer was taken up or declined: now it is the partner's turn.
  if (!(isLow || intent === "topic") || memory.asked === "offer") return NOTHING;
  const { asks } = persona.voice;
  if (rng.next() >= (isLow ? Math.max(CARRY_ON_RATIO, asks) : asks)) return NOTHING;
  const fact = oldFact(memory, thing?.topic ?? null);
  if (fact) return { pools: [callbacks(fact)], fact };
  const isFresh = memory.turn - memory.topicTurn <= PAUSE_TURNS;
  const topic = thing?.topic ?? (isFresh ? memory.topic : null);
  if (topic !== null) {
    const { questions, remarks } = linesOf(topic);
    return { pools: [thing?.question == null ? [] : [thing.question], questions, isLow ? remarks : []] };
  }
  const mayOpen = memory.topic === null && memory.turn - memory.openedTurn > PAUSE_TURNS;
  return mayOpen ? { pools: [persona.lines.openers, shared("opener")] } : NOTHING;
}

/** Returns the oldest fact that is worth coming back to now; of `topic` only, if there is one. */
function oldFact({ facts, recalled: known, turn, recalledTurn }: Memory, topic: Topic | null): Fact | undefined {
  if (turn - recalledTurn < PAUSE_TURNS) return undefined;
  const old = facts.filter((fact) => turn - fact.turn >= PAUSE_TURNS && !known.includes(fact.said));
  return old.find((fact) => topic === null || topic === fact.topic);
}

function callbacks({ object, said }: Fact): Lines {
  if (object === null) return said.startsWith("you ") ? shared("callback.said") : [];
  const [, kind = "thing"] = /^(your|the) /.exec(object) ?? [];
  return shared(`callback.${kind}`);
}

/** Returns the memory after the reply whose lines are made from `templates`. */
function remember({ persona, memory, isReturning }: Scene, templates: Lines, fact: Fact | undefined): Memory {
  const { turn, grief } = memory;
  const isOpening = templates.some((line) => persona.lines.openers.includes(line) || shared("opener").includes(line));
  return {
    ...speak(memory, templates),
    ...(templates.some(isQuote) && { quotedTurn: turn }),
    ...(isOpening && { openedTurn: turn }),
    ...(isReturning && grief !== null && { grief: { ...grief, isRecalled: true } }),
    ...(fact && { recalled: [...memory.recalled, fact.said], recalledTurn: turn }),
  };
}

const isStatement = (line: string): boolean => !line.includes("?");
const isQuote = (line: string): boolean => /\{(?:object|said|feeling|sum)\}/.test(line);
const plain = (lines: Lines = []): Lines => lines.filter((line) => !isQuote(line));

/** Joins the parts to one or two lines, in the persona's manner. */
function toLines(parts: Lines, { persona: { voice }, memory, meaning, rng }: Scene): string[] {
  const kept = [memory.me, memory.name, meaning.object].filter((word) => word !== null);
  const isAdorned = memory.grief === null && (TOLD.has(meaning.intent) || meaning.intent === "ask_view");
  const lines: string[] = [];
  for (const [at, part] of parts.entries()) {
    const spoken = at === 0 && isAdorned ? voiced(part, voice, kept, rng) : cased(part, voice, kept);
    const last = lines.at(-1);
    const isShort = last !== undefined && last.length + part.length < MAX_JOINED_LENGTH;
    if (isShort && rng.next() >= voice.twoLines) lines[lines.length - 1] = `${last} ${spoken}`;
    else lines.push(spoken);
  }
  return lines;
}
