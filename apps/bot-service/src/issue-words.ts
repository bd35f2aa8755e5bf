import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** One problem of a value: the field at fault, and what is wrong with it. Never holds the value. */
export interface IssueWords {
  /** Path of the field; empty if the whole value is at fault. */
  readonly field: string;
  readonly words: string;
}

/** Names of types, as people who send JSON know them. */
const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  function: "a function",
  date: "a date",
  int: "a whole number",
  null: "null",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a text",
};

/** Returns the problem that a schema found, in words for people. Pure. */
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
      if (!inner) return { field, words: choiceWords("options" in issue ? issue.options : []) };
      const { field: below, words } = issueWords(inner);
      return { field: [...path, ...(below === "" ? [] : [below])].join("."), words };
    }
    default:
      return { field, words: isOfZod(issue.message) ? ownWords(issue) : issue.message };
  }
}

/** Returns `issueWords` as one line; `whole` names the value where no field is at fault. */
export function issueLine(issue: Issue | undefined, whole: string): string {
  const { field, words } = issueWords(issue);
  return `${field || whole}: ${words}`;
}

/** Whether the message is zod's own, not one that the schema gives. */
function isOfZod(message: string): boolean {
  return /^(Invalid|Too small|Too big)\b/.test(message);
}

function ownWords(issue: Issue): string {
  switch (issue.code) {
    case "too_small":
      return boundWords(issue.origin, issue.minimum, issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return boundWords(issue.origin, issue.maximum, issue.inclusive === false ? "less than" : "at most");
    case "invalid_value":
      return choiceWords(issue.values);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return FORMATS[issue.format] ?? "has not the form that it must have";
    default:
      return "is not valid";
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  datetime: "must be a time with its zone, such as 2026-01-31T12:00:00Z",
  guid: "must be a UUID",
  url: "must be a URL",
};

/** What a length counts, by what has it. */
const UNITS: Readonly<Record<string, string>> = { string: " characters long", array: " entries long" };

function boundWords(origin: string, bound: number | bigint, relation: string): string {
  if (origin === "string" && relation === "at least" && bound === 1) return "must not be empty";
  return `must be ${relation} ${bound}${UNITS[origin] ?? ""}`;
}

function choiceWords(values: readonly unknown[]): string {
  if (values.length === 0) return "is not valid";
  return `must be ${values.length === 1 ? "" : "one of "}${values.map(String).join(", ")}`;
}

function typeWords({ expected, message }: z.core.$ZodIssueInvalidType): string {
  if (!message.startsWith("Invalid input: expected ")) return message;
  const type = TYPES[expected] ?? expected;
  return message.endsWith("received undefined") ? `is missing; it must be ${type}` : `must be ${type}`;
}

/** Guesses which of several forms was meant, none of which fits: the one that fits deepest; among equals the last. */
function closest(forms: readonly (readonly Issue[])[]): Issue | undefined {
  return forms
    .flatMap(([first]) => (first ? [first] : []))
    .reduce<Issue | undefined>((best, one) => (best && best.path.length > one.path.length ? best : one), undefined);
}
