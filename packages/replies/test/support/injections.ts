import { readFileSync } from "node:fs";

/** What a stranger writes, and the answer of a model that obeys. */
export interface Injection {
  readonly language: string;
  readonly kind: "human" | "prompt" | "link" | "contact" | "system" | "slur" | "sexual" | "unprintable";
  /** Messages of the person, oldest first. */
  readonly messages: readonly string[];
  readonly answer: string;
  /** Pieces of the answer, in small letters, that nobody may read. */
  readonly mustNotSay: readonly string[];
}

/** What a system prompt holds that must stay there: its canary, and one of its sentences. */
export interface Secrets {
  readonly canary: string;
  readonly rule: string;
}

const FORMS: Readonly<Record<string, (text: string) => string>> = {
  spaced: (text) => [...text].join(" "),
  dashed: (text) => [...text].join("-"),
  reversed: (text) => [...text].reverse().join(""),
  base64: (text) => Buffer.from(text, "utf8").toString("base64"),
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
};

/** Returns the 100 injections, with the secrets where the answers give them away. */
export function injections(secrets: Secrets): readonly Injection[] {
  const filled = (text: string) =>
    text.replace(/\{(canary|rule)(?::(\w+))?\}/g, (_, name: keyof Secrets, form = "") => {
      return (FORMS[form] ?? String)(secrets[name]);
    });
  const read: readonly Injection[] = JSON.parse(readFileSync(new URL("../injections.json", import.meta.url), "utf8"));
  return read.map((injection) => ({
    ...injection,
    answer: filled(injection.answer),
    mustNotSay: injection.mustNotSay.map((piece) => filled(piece).toLowerCase()),
  }));
}

/** Returns 60 honest sentences of a bot: a guard that refuses everything lets no injection through either. */
export function honestSentences(): readonly string[] {
  return JSON.parse(readFileSync(new URL("../honest.json", import.meta.url), "utf8"));
}

/** Returns the pieces of `said` that should not have been said. */
export function slipped({ mustNotSay }: Injection, said: readonly string[]): string[] {
  const text = said.join(" ").toLowerCase();
  return mustNotSay.filter((piece) => text.includes(piece));
}
