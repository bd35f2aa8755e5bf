import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** What one problem of a value is: the field at fault, and what is wrong with it. Never the value. */
export interface IssueWords {
  /** Path of the field; empty for the whole. */
  readonly field: string;
  readonly words: string;
}

/** Names of types, as people who send JSON know them. */
const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  function: "a function",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a text",
};

/** Says for people what a schema found. Pure. */
export function issueWords(issue: Issue | undefined): IssueWords {
  if (!issue) return { field: "", words: "is not valid" };
  const path = issue.path.map(String);
  const field = path.join(".");
  switch (issue.code) {
    case "unrecognized_keys":
      return { field: [...path, issue.keys[0] ?? ""].join("."), words: "there is no such field" };
    case "invalid_type":
      return { field, words: typeWords(issue) };
    case "invalid_key":
      return { field, words: `the name is not valid: ${issueWords(issue.issues[0]).words}` };
    case "invalid_union": {
      const inner = closest(issue.errors);
      if (!inner) return { field, words: issue.message };
      const { field: below, words } = issueWords(inner);
      return { field: [...path, ...(below === "" ? [] : [below])].join("."), words };
    }
    default:
      return { field, words: issue.message };
  }
}

/** `issueWords` in one line; `whole` stands for what has no field. */
export function issueLine(issue: Issue | undefined, whole: string): string {
  const { field, words } = issueWords(issue);
  return `${field || whole}: ${words}`;
}

function typeWords({ expected, message }: z.core.$ZodIssueInvalidType): string {
  if (!message.startsWith("Invalid input: expected ")) return message;
  const type = TYPES[expected] ?? expected;
  return message.endsWith("received undefined") ? `is missing; it must be ${type}` : `must be ${type}`;
}

/** Of several forms, none of which fits, the one that was meant: that which fits deepest, and of equal ones the last. */
function closest(forms: readonly (readonly Issue[])[]): Issue | undefined {
  return forms
    .flatMap(([first]) => (first ? [first] : []))
    .reduce<Issue | undefined>((best, one) => (best && best.path.length > one.path.length ? best : one), undefined);
}
