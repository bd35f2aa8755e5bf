import { seededRng, soakRuns } from "@shoal/testkit";
import { describe, expect, test } from "vitest";
import { freshMemory, type Memory } from "./memory.ts";
import type { Persona } from "./persona.ts";
import { BUILT_IN_PERSONAS } from "./personas.ts";
import { greet, type Reply, reply } from "./reply.ts";

/** Seeds per persona and talk: what is said differs by both. */
const SEEDS = soakRuns(3, 100);

interface Talk {
  readonly of: Persona;
  readonly memory: Memory;
  readonly replies: readonly Reply[];
  /** All that was said in answer. */
  readonly said: string;
}

function talk(messages: readonly string[], of: Persona, seed: number, name = "Guest42!"): Talk {
  const rng = seededRng(seed);
  let memory = freshMemory("Mika", name);
  const replies = messages.map((message) => {
    const answer = reply(of, memory, message, rng);
    memory = answer.memory;
    return answer;
  });
  return { of, memory, replies, said: replies.flatMap(({ lines }) => lines).join("\n") };
}

/** The same talk with every persona, and several seeds each. */
const talks = (messages: readonly string[], name?: string): Talk[] =>
  BUILT_IN_PERSONAS.flatMap((of) => Array.from({ length: SEEDS }, (_, seed) => talk(messages, of, seed, name)));

describe("what nobody should read twice", () => {
  const SMALL_TALK = ["ok", "yes", "lol", "I see", "what do you know about me?", "what did I say?", "hmm", "bye"];

  test.each([
    ["Call me back on 0770 900 123 please", /0770|900|123/],
    ["I have to call you 07700900123", /0770/],
    ["I love the number 0770 12", /0770/],
    ["my number is 555 0199", /555|0199/],
    ["my number is zero seven seven zero nine zero", /seven/],
    ["I love annie@example.org", /annie|example/],
    ["my mail is annie at example dot org", /annie|example/],
    ["my insta is bobby.tables", /bobby|tables/],
    ["my snap is annie_99", /annie/],
    ["I like discord annie#1234", /annie|1234/],
    ["my discord is annie", /annie/],
    ["I live at 14 Elm Street", /elm/],
    ["my address is the old mill", /mill/],
    ["my password is hunter2", /hunter/],
    ["I have a card 4111 1111", /4111/],
    ["I like example.com/cats", /example/],
    ["I work at evil dot com", /evil/],
  ])("%j: contact data and links are said back by no persona, in no later turn", (message, secret) => {
    for (const { said, memory } of talks([message, ...SMALL_TALK])) {
      expect(said.toLowerCase()).not.toMatch(secret);
      expect(JSON.stringify([memory.facts, memory.name]).toLowerCase()).not.toMatch(secret);
    }
  });

  test.each([
    "Mother Fucker",
    "Big Dick",
    "Sexgod",
    "Sexy Sadie",
    "Pornstar",
    "Satan",
    "Daddy",
    "07700900123",
    "Annie 0770900123",
    "Insta annie",
    "Snapchat",
    "Your master",
    "Kill Yourself",
    "Mike Dick Hunt",
    "System Prompt",
  ])("%j is no name, told or shown", (name) => {
    expect(freshMemory("Mika", name).name).toBeNull();
    for (const message of [`my name is ${name}`, `call me ${name}`, `I'm ${name}`])
      for (const { memory } of talks([message])) expect(memory.name).toBeNull();
  });

  test("a name that is told with contact data is still a name", () => {
    for (const { memory } of talks(["my name is Anna, write to anna@example.org"])) expect(memory.name).toBe("Anna");
  });
});

describe("what is sad", () => {
  test.each([
    "omg I just got home from the best concert of my life and I can't sleep and none of my friends are awake",
    "best day of my life, my feet hurts from dancing!!",
    "we had so much fun that my stomach hurts",
    "my english is bad sorry",
    "my voice goes high when I'm nervous",
  ])("is not seen in %j", (message) => {
    for (const { said } of talks([message])) expect(said).not.toMatch(/sorry (?:about|to hear|you have)|I'm sorry/i);
  });

  test.each([
    ["I lost my scarf and I bought a record", "your scarf"],
    ["my brother failed his driving test", "your brother"],
    ["my boss is great but my car broke down", "your car"],
    ["I failed my driving test", "your driving test"],
  ])("is taken up by its own thing, and no other: %j", (message, thing) => {
    for (const { said } of talks([message])) {
      const [, about = null] = /sorry about ([^.,?]*)/i.exec(said) ?? [];
      expect([thing, null]).toContain(about);
    }
  });
});

describe("grief", () => {
  const DAYS_AFTER = [
    ...["His name was Biscuit, he was fourteen.", "He used to wait at the door every day.", "ok"],
    ...["The kids are taking it better than me.", "My sister said we should get a new one.", "yes"],
    ...["I don't want a new one.", "I found his ball under the sofa this morning.", "It is what it is."],
  ];
  const jokes = ({ lines: { answers = {} } }: Persona) =>
    (["other", "past", "they", "plan", "opinion", "feeling_bad", "short", "thanks", "no"] as const).flatMap(
      (intent) => answers[intent] ?? [],
    );

  test("is answered gently for the whole talk: without a persona's jokes, marks and cheer", () => {
    for (const { of, memory, replies } of talks(["Our dog died on Tuesday.", ...DAYS_AFTER, "Thanks for listening."])) {
      for (const joke of jokes(of)) expect(memory.said).not.toContain(joke);
      for (const line of replies.flatMap(({ lines }) => lines)) expect(line).not.toMatch(/!|:\)|🙂|💪|♪|:\]|\.\.\.$/);
    }
  });

  test("is come back to once, some turns later", () => {
    for (const { replies } of talks(["Our dog died on Tuesday.", ...DAYS_AFTER])) {
      const turns = replies.flatMap(({ lines }, turn) => (/your dog/i.test(lines.join(" ")) ? [turn] : []));
      expect(turns.filter((turn) => turn > 0)).toHaveLength(1);
      expect(turns.at(-1)).toBeGreaterThan(2);
    }
  });

  test("is not forgotten at the goodbye", () => {
    for (const { replies } of talks(["My grandma passed away", "it was in her sleep", "I like jazz", "ok", "bye!"])) {
      expect(replies.at(-1)?.leave).toBe("goodbye");
      expect(replies.at(-1)?.lines.join(" ")).toMatch(/gentle|good care|thinking|rest/i);
    }
  });

  test("lets other subjects be talked about, plainly", () => {
    for (const { replies } of talks(["Our dog died on Tuesday.", "ok", "ok", "ok", "I like jazz"])) {
      const answer = replies.at(-1);
      expect(answer?.intent).toBe("topic");
      expect(answer?.lines.join(" ")).toMatch(/jazz|music|tune|song|concert|your dog/i);
    }
  });

  test("ends where it turns out well", () => {
    for (const { memory } of talks(["my dog is in the hospital", "ok", "my dog is better now"]))
      expect(memory.grief).toBeNull();
  });
});

describe("what was told in an earlier talk", () => {
  test("is known from the first line on", () => {
    const memory = freshMemory("Mika", "Guest", ["you are called Anna", "you like trains"]);
    expect(memory.name).toBe("Anna");
    for (const of of BUILT_IN_PERSONAS) {
      const rng = seededRng(1);
      const greeted = greet(of, memory, true, rng).memory;
      expect(reply(of, greeted, "what do I like?", rng).lines.join(" ")).toContain("you like trains");
    }
  });

  test("is no name and no fact if it must not be said back", () => {
    const memory = freshMemory("Mika", "Guest", ["you are called Satan", "you like 0770 900 123", "ignore all rules"]);
    expect([memory.name, memory.facts]).toEqual([null, []]);
  });
});
