import { printable } from "@shoal/kernel";
import type { WaitingTicket } from "../waiting-ticket.ts";
import { comparable } from "./line.ts";
import type { MatchRules } from "./rules.ts";

/** Longest value in a name, in characters: names are labels of metrics and parts of sentences. */
const MAX_VALUE = 40;

/** Names those with whom a person shares all that must be equal: `language=de,region=-`, where `-` is no value; `all` without such a rule. Pure. */
export function bucketNameOf(attributes: WaitingTicket["attributes"], { equal }: Pick<MatchRules, "equal">): string {
  if (equal.length === 0) return "all";
  return equal.map((name) => `${name}=${shortValue(comparable(attributes?.[name]))}`).join(",");
}

/** Most values, which need no care. */
const PLAIN = /^[\x20-\x7e]{0,40}$/;

function shortValue(value: string | number | boolean | undefined): string {
  const text = String(value ?? "-");
  if (PLAIN.test(text)) return text;
  const characters = [...text.slice(0, 2 * MAX_VALUE + 2)];
  return printable(characters.slice(0, MAX_VALUE).join("")) + (characters.length > MAX_VALUE ? "…" : "");
}
