/** Finds text that no committed file may contain, in any language. Pure. */

export interface Finding {
  readonly line: number;
  readonly rule: string;
}

interface TextRule {
  readonly name: string;
  readonly pattern: RegExp;
}

// Written with classes like [D] so that this file does not break its own rules.
const rules: readonly TextRule[] = [
  { name: "unfinished work: do it, or open an issue", pattern: /\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/ },
  { name: "a path of somebody's machine", pattern: /(^|[^\w.-])\/(hom[e]|User[s]|roo[t]|wor[k])\/[\w.-]/ },
  {
    name: "a switched-off check: fix what it found",
    pattern: /biome-ignor[e]|@ts-(ignor[e]|nochec[k])|eslint-disabl[e]/,
  },
  { name: "a test that keeps the others from running", pattern: /\b(test|it|describe)\.onl[y]\(/ },
  { name: "a merge left undone", pattern: /^(<{7}|>{7}) / },
];

/** Returns one finding per rule and line, in order. Lines are counted from 1. */
export function findForbiddenText(text: string): Finding[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      rules.filter((rule) => rule.pattern.test(line)).map((rule) => ({ line: index + 1, rule: rule.name })),
    );
}
