import { seededRng, soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { choose, fill, MAX_LINE_LENGTH } from "./choose.ts";
import { lines as shared } from "./lines.ts";
import { freshMemory, type Memory } from "./memory.ts";
import { BUILT_IN_PERSONAS } from "./personas.ts";
import { farewell, greet, type Reply, reply } from "./reply.ts";
import { MAX_READ_LENGTH, read } from "./text.ts";
import { TOPIC_TABLE } from "./topic-table.ts";
import { linesOf, TOPICS } from "./topics.ts";

/** Claims that no line may ever make about the bot, in any spelling of case and apostrophe. */
const CLAIMS = [
  "i am human",
  "i'm human",
  "i am a human",
  "i'm a human",
  "i am a person",
  "i'm a person",
  "i am a real",
  "i'm a real",
  "i am real",
  "i'm real",
  "i am not a bot",
  "i'm not a bot",
  "not a bot",
  "no bot",
  "i am a man",
  "i'm a man",
  "i am a woman",
  "i'm a woman",
  "i'm a girl",
  "i'm a boy",
  "i'm a guy",
  "flesh",
  "i was born",
  "years old",
  "as a human",
  "human like you",
  "a person like you",
];

const words = (
  "hi i i'm am my me you are u like love hate jazz film human bot person real not a an the anna name is call what do think about how and because " +
  "play chess feel sad happy bye thanks lol yes no why ? ! , . 42 www.x.io idiot stupid fuck want to die from have cat work as nurse favourite your " +
  "dog my sick died won should recommend book cook tonight maybe wow sorry 2+2 12 / 4 help me " +
  "remember weather time joke hola wie gracias 😂 привет"
).split(" ");
const chat = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((picked) => picked.join(" "));
const anything = fc.oneof(
  chat,
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({ unit: "binary", maxLength: 60 }),
);
const persona = fc.constantFrom(...BUILT_IN_PERSONAS);
const partnerName = fc.oneof(
  fc.string(),
  fc.constantFrom("Anna", "Human", "I'm human", "Notabot", "not a bot", "I-am-a-person"),
);
const seed = fc.integer({ min: 0, max: 2 ** 31 });

function talk(
  of: (typeof BUILT_IN_PERSONAS)[number],
  messages: readonly string[],
  start: number,
  partner = "Guest",
): Reply[] {
  const rng = seededRng(start);
  let memory: Memory = freshMemory(of.names[0] ?? "", partner);
  return messages.map((message) => {
    const answer = reply(of, memory, message, rng);
    memory = answer.memory;
    return answer;
  });
}

function claim(line: string): string | undefined {
  const plain = line.toLowerCase().replaceAll("’", "'");
  return CLAIMS.find((phrase) => new RegExp(`\\b${phrase}\\b`).test(plain));
}

describe("every reply", () => {
  test("has one or two lines, none empty, none longer than 280 characters, none claiming to be a person", () => {
    fc.assert(
      fc.property(
        persona,
        fc.array(anything, { minLength: 1, maxLength: 15 }),
        seed,
        partnerName,
        (of, messages, start, name) => {
          for (const { lines } of talk(of, messages, start, name)) {
            expect(lines.length).toBeGreaterThanOrEqual(1);
            expect(lines.length).toBeLessThanOrEqual(2);
            for (const line of lines) {
              expect(line.trim()).not.toBe("");
              expect(line.length).toBeLessThanOrEqual(MAX_LINE_LENGTH);
              expect(claim(line)).toBeUndefined();
              expect(line).not.toMatch(/[{}]/);
            }
          }
        },
      ),
      { numRuns: soakRuns(100, 4000) },
    );
  });

  test("is the same for the same persona, messages and seed", () => {
    fc.assert(
      fc.property(persona, fc.array(anything, { maxLength: 8 }), seed, (of, messages, start) => {
        expect(talk(of, messages, start)).toEqual(talk(of, messages, start));
      }),
      { numRuns: soakRuns(20, 500) },
    );
  });

  test("depends on nothing past the first 1,000 characters", () => {
    fc.assert(
      fc.property(persona, chat, fc.string(), seed, (of, start, rest, from) => {
        const read1000 = start.padEnd(MAX_READ_LENGTH, " really").slice(0, MAX_READ_LENGTH);
        expect(talk(of, [read1000 + rest], from)).toEqual(talk(of, [read1000], from));
      }),
      { numRuns: soakRuns(20, 500) },
    );
  });

  test("does not repeat a line in twenty messages, whatever they are", () => {
    // Answers that must not change the subject (honesty, care, calm) have pools of their own; see the next test.
    const steadfast = new Set(["abuse", "identity", "contact", "other_language"]);
    fc.assert(
      fc.property(persona, fc.array(chat, { minLength: 20, maxLength: 20 }), seed, (of, messages, start) => {
        const lines = talk(of, messages, start).flatMap((answer) =>
          steadfast.has(answer.intent) || answer.leave ? [] : answer.lines,
        );
        expect(new Set(lines).size).toBe(lines.length);
      }),
      { numRuns: soakRuns(50, 2000) },
    );
  });

  test("to a question about identity is honest each time, and repeats itself only when every answer was given", () => {
    for (const of of BUILT_IN_PERSONAS) {
      const questions = [
        "are you human?",
        "are you a bot?",
        "you are human!",
        "r u real",
        "prove you are not a robot",
        "bot?",
      ];
      const lines = talk(of, questions, 7).flatMap((answer) => answer.lines);
      expect(lines.every((line) => /\bbot\b/i.test(line))).toBe(true);
      expect(new Set(lines).size).toBe(Math.min(questions.length, of.lines.identity.length));
    }
  });
});

describe("the first line", () => {
  test("says that a bot is talking, for every persona, name and seed, when disclosure is on", () => {
    fc.assert(
      fc.property(persona, fc.string(), seed, (of, partner, start) => {
        for (const name of of.names) {
          const { lines } = greet(of, freshMemory(name, partner), true, seededRng(start));
          expect(lines[0]).toMatch(/\bbot\b/i);
          expect(lines[0]).toContain(name);
        }
      }),
      { numRuns: soakRuns(60, 3000) },
    );
  });

  test("neither tells nor denies it when disclosure is off", () => {
    for (const of of BUILT_IN_PERSONAS) {
      for (let start = 0; start < 20; start += 1) {
        const line = greet(of, freshMemory("Mika", "Anna"), false, seededRng(start)).lines.join(" ");
        expect(claim(line)).toBeUndefined();
        expect(line).not.toBe("");
      }
    }
  });
});

test("every farewell can be said to somebody without a name", () => {
  for (const of of BUILT_IN_PERSONAS) {
    for (const why of ["idle", "limit", "stop"] as const) {
      for (let start = 0; start < 20; start += 1) {
        expect(farewell(of, freshMemory("Mika", ""), why, seededRng(start)).lines).toHaveLength(1);
      }
    }
  }
});

test("no template claims a human life or outgrows its line when everything in it is as long as allowed", () => {
  const long = "x".repeat(48);
  const values = {
    me: "m".repeat(40),
    name: "n".repeat(20),
    object: long,
    said: `you are listening to ${long} and you are listening to ${long}`,
    feeling: long,
    sum: "999999.125 × 999999.125 is about 999998250000.766",
  };
  const texts = (given: unknown): string[] =>
    typeof given === "string" ? [given] : Object.values(given ?? {}).flatMap(texts);
  const own = BUILT_IN_PERSONAS.flatMap(({ lines }) => texts(lines));
  const topics = TOPICS.flatMap((topic) => Object.values(linesOf(topic)).flat());
  const things = TOPIC_TABLE.split("\n").flatMap((row) => row.split(" | ").slice(2));
  const all = [...own, ...topics, ...things, ...shared.all];
  expect(all.length).toBeGreaterThan(500);
  for (const template of all) {
    expect(fill(template, values), template).not.toBeNull();
    expect(claim(template), template).toBeUndefined();
  }
});

test("a line is repeated only when every line of every pool has been said, and then the oldest", () => {
  const line: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c", "d?", "e", "f?");
  fc.assert(
    fc.property(
      fc.array(fc.array(line), { minLength: 1 }),
      fc.array(line),
      seed,
      fc.boolean(),
      (pools, said, start, quietly) => {
        const chosen = choose(pools, said, seededRng(start), { quietly });
        const all = pools.flat();
        const fresh = all.filter((candidate) => !said.includes(candidate));
        const age = (candidate: string | undefined) => said.lastIndexOf(candidate ?? "");
        if (all.length === 0) expect(chosen).toBeUndefined();
        else if (fresh.length > 0) expect(fresh).toContain(chosen);
        else expect(age(chosen)).toBe(Math.min(...all.map(age)));
      },
    ),
  );
});

test("hostile messages of a million characters are read as fast as short ones", () => {
  const million = 1_000_000;
  const hostile = [
    "a",
    " ",
    "a ",
    "i am ",
    "i like ",
    "?",
    "'",
    "-",
    "www.",
    "@.",
    "9",
    "\u0301",
    "ﷺ",
    "\ud800",
    "I'm a",
    "you are a bot ",
    "my dog is sick ",
    "what is 2+2 ",
    "should i ",
    "and my ",
    "\n",
  ];
  for (const piece of hostile) {
    const message = piece.repeat(million / piece.length);
    // The bound: no more words than characters read, contractions doubled.
    expect(read(message).words.length).toBeLessThanOrEqual(2 * MAX_READ_LENGTH);
    for (const of of BUILT_IN_PERSONAS)
      expect(reply(of, freshMemory("Mika", message), message, seededRng(1)).lines.length).toBeGreaterThan(0);
  }
});
