import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type ConcernKind,
  DEFAULT_SAFETY,
  freshSafety,
  inspect,
  SAFETY_LANGUAGES,
  type SafetyLanguage,
} from "../src/index.ts";
import { readLines } from "../training/lines.ts";

/** `lines/<language>.txt`: what a message is, and its text. No weight was trained on them. */
interface Line {
  readonly language: SafetyLanguage;
  readonly kind: ConcernKind | "harmless";
  readonly text: string;
}

const LINES: readonly Line[] = SAFETY_LANGUAGES.flatMap((language) =>
  readFileSync(join(import.meta.dirname, `lines/${language}.txt`), "utf8")
    .trimEnd()
    .split("\n")
    .map((line): Line => {
      const at = line.indexOf(": ");
      return { language, kind: line.slice(0, at) as Line["kind"], text: line.slice(at + 2) };
    }),
);

/** README.md and docs/conversations.md say what is reached; these hold it. Shares of all lines of danger or minors, and of harmless ones. */
const LEAST_RECALL = 0.57;
const MOST_FALSE_ALARMS = 0.03;

function heard({ language, kind, text }: Line): ConcernKind | "harmless" {
  const isMinor = kind === "minor_contact" || kind === "minor_sexual";
  const state = { ...freshSafety(), language, isMinor, kinds: isMinor ? (["minor"] as const) : [] };
  return inspect(state, text, DEFAULT_SAFETY).concern?.kind ?? "harmless";
}

describe("300 lines in six languages", () => {
  const told = LINES.map((line) => ({ ...line, heard: heard(line) }));
  const wrong = told.filter((line) => line.heard !== line.kind);
  const listed = wrong
    .map((line) => `${line.language} ${line.kind} was heard as ${line.heard}: ${line.text}`)
    .join("\n");

  test("are 50 of each, half of them harmless", () => {
    expect(LINES.length).toBe(300);
    for (const language of SAFETY_LANGUAGES) {
      const own = LINES.filter((line) => line.language === language);
      expect([own.length, own.filter(({ kind }) => kind === "harmless").length]).toEqual([50, 25]);
    }
  });

  test("are not among the lines of training", () => {
    const trained = new Set(readLines().map(({ text }) => text.toLowerCase()));
    expect(LINES.filter(({ text }) => trained.has(text.toLowerCase()))).toEqual([]);
  });

  test("are heard for what they are, so many as the README says", () => {
    const missed = wrong.filter(({ kind }) => kind !== "harmless").length;
    expect(1 - missed / 150, listed).toBeGreaterThanOrEqual(LEAST_RECALL);
  });

  test("are taken for harmless where they are", () => {
    const alarms = wrong.filter(({ kind }) => kind === "harmless").length;
    expect(alarms / 150, listed).toBeLessThanOrEqual(MOST_FALSE_ALARMS);
  });
});
