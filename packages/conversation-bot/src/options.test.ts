import { BUILT_IN_PERSONAS, type Persona } from "@shoal/conversation";
import { expect, test } from "vitest";
import { conversationBot } from "./conversation-bot.ts";

const [melody] = BUILT_IN_PERSONAS as readonly [Persona];

test("the kind offers every persona's names, neighbours being of different personas", () => {
  const { names } = conversationBot();
  expect([...names].sort()).toEqual(BUILT_IN_PERSONAS.flatMap((persona) => persona.names).sort());
  expect(
    new Set(names.slice(0, 5).map((name) => BUILT_IN_PERSONAS.findIndex((of) => of.names.includes(name)))).size,
  ).toBe(5);
});

test.each([
  ["maxMessages", { maxMessages: 0 }],
  ["maxMessages", { maxMessages: 1.5 }],
  ["idleMs", { idleMs: Number.NaN }],
  ["typing.minMs", { typing: { msPerCharacter: 1, minMs: 10, maxMs: 5, variation: 0 } }],
  ["typing.variation", { typing: { msPerCharacter: 1, minMs: 0, maxMs: 5, variation: 2 } }],
  ["personas", { personas: [] }],
  ["belongs to two personas", { personas: [melody, melody] }],
  ['must say "bot"', { personas: [{ ...melody, lines: { ...melody.lines, disclosedGreetings: ["Hi, I'm {me}"] } }] }],
  ["idle needs a line", { personas: [{ ...melody, lines: { ...melody.lines, idle: ["Bye {name}"] } }] }],
])("refuses a wrong %s with a code and says what is wrong", (part, options) => {
  expect(() => conversationBot(options)).toThrow(
    expect.objectContaining({ code: "CONVERSATION_OPTIONS_INVALID", message: expect.stringContaining(part) }),
  );
});

test("names all problems at once", () => {
  expect(() => conversationBot({ maxMessages: -1, idleMs: 0 })).toThrow(/maxMessages -1.*idleMs 0/);
});
