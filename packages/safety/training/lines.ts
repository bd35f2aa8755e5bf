import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SAFETY_LANGUAGES, type SafetyLanguage } from "../src/types.ts";

/**
 * What a line is about. `self`: danger of the person's own. `other`: of somebody whom the person knows. `none`: nothing of all this. `age`:
 * an age under 18, `grown`: ages and numbers that are none. `contact`: contact data, or a meeting. `intimate`: sexual or intimate talk.
 */
export const ABOUTS = ["self", "other", "none", "age", "grown", "contact", "intimate"] as const;
export type About = (typeof ABOUTS)[number];

export interface Line {
  readonly language: SafetyLanguage;
  readonly about: About;
  readonly text: string;
}

const DIRECTORY = join(import.meta.dirname, "lines");

/** Reads `lines/<language>.<about>.txt`: one message a line. */
export function readLines(): Line[] {
  return files().flatMap(({ language, about, text }) =>
    text.split("\n").flatMap((line) => (line === "" ? [] : [{ language, about, text: line }])),
  );
}

/** SHA-256 of all lines, in hexadecimal: the weights name the lines that they were trained on. */
export function digestOf(lines: readonly Line[]): string {
  const hash = createHash("sha256");
  for (const { language, about, text } of lines) hash.update(`${language}.${about} ${text}\n`);
  return hash.digest("hex");
}

function files() {
  return readdirSync(DIRECTORY)
    .toSorted()
    .map((name) => {
      const [language, about] = name.split(".");
      const known = SAFETY_LANGUAGES.find((one) => one === language);
      const kind = ABOUTS.find((one) => one === about);
      if (!known || !kind) throw new Error(`training/lines/${name} is not named <language>.<about>.txt`);
      return { language: known, about: kind, text: readFileSync(join(DIRECTORY, name), "utf8") };
    });
}
