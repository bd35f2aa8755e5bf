import { describe, expect, test } from "vitest";
import { DEFAULT_SAFETY, freshSafety, inspect, type SafetyLanguage } from "../src/index.ts";
import { WORDS } from "../src/words/index.ts";

/** What must never be missed, whatever else is. */
const DANGER: Readonly<Record<SafetyLanguage, readonly string[]>> = {
  en: [
    "i want to die",
    "I'm going to kill myself",
    "I don't see the point of anything",
    "kms",
    "nobody would miss me if I was gone",
  ],
  de: ["ich will sterben", "ich bringe mich um", "ich will nicht mehr leben", "es hat alles keinen Sinn mehr"],
  fr: ["je veux mourir", "je vais me tuer", "j'ai plus envie de vivre", "je veux en finir avec la vie"],
  es: ["quiero morir", "me voy a matar", "ya no quiero vivir", "no le veo sentido a la vida"],
  pt: ["quero morrer", "vou me matar", "não quero mais viver", "não vejo sentido na vida"],
  it: ["voglio morire", "mi ammazzo", "non voglio più vivere", "la mia vita non ha senso"],
};

const TRICKS = [
  "k i l l  m y s e l f",
  "i want to d1e",
  "su1c1de is the only way out",
  "i wаnt tо dіe",
  "I WANT TO DIEEEE",
  "i w​ant to die",
];

/** Idioms and everyday talk that share their words with danger. */
const HARMLESS = [
  "I'm dying of laughter",
  "this heat is killing me",
  "my battery is about to die",
  "ich lach mich tot",
  "je suis mort de fatigue",
  "me muero de hambre",
  "morri de rir",
  "muoio di caldo",
  "hello, how are you?",
  "ok",
  "yes",
  "ouais",
  "",
];

const hear = (text: string) => inspect(freshSafety(), text, DEFAULT_SAFETY).concern;

describe("danger", () => {
  test.each(Object.entries(DANGER).flatMap(([language, texts]) => texts.map((text) => [language, text] as const)))(
    "said in %s is always heard: %s",
    (_, text) => {
      expect(hear(text)?.kind).toBe("self_harm");
    },
  );

  test.each(TRICKS)("is heard through tricks: %s", (text) => {
    expect(hear(text)?.kind).toBe("self_harm");
  });

  test("is heard between harmless sentences, and in a long message", () => {
    const chat = "school was ok, we had pizza. my brother plays the drums all day.";
    expect(hear(`${chat} i want to die. how was your day?`)?.kind).toBe("self_harm");
    expect(hear(`${"la la la. ".repeat(150)}i want to die. ${"la la la. ".repeat(150)}`)?.kind).toBe("self_harm");
  });

  test.each(Object.entries(DANGER))("said in %s is answered in that language", (language, [text = ""]) => {
    const words = WORDS[language as SafetyLanguage];
    expect(words.selfHarm).toContain(hear(text)?.lines[0]);
  });

  test("of somebody else is answered by what to do for them", () => {
    const lines = hear("my best friend says she wants to kill herself")?.lines ?? [];
    expect(WORDS.en.other).toContain(lines[0]);
  });
});

test.each(HARMLESS)("is no danger: %j", (text) => {
  expect(hear(text)).toBeNull();
});
