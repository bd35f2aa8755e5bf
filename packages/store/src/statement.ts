import { invariant } from "@shoal/kernel";

declare const isNamed: unique symbol;

/** The text of a statement that carries its name. Only `statement` makes one. */
export type Statement = string & { readonly [isNamed]: true };

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const NAMED = /^\/\* ([a-z][a-z0-9_]{0,62}) \*\/ /;

/**
 * Names a statement, the part that sends it first: `job_complete_and_claim`. The name is what figures and log lines are by, because a text is long and a
 * value may be a person's. It stands in a comment of the text itself, so that pg_stat_statements, pg_stat_activity and the
 * server's log show it as well.
 */
export function statement(name: string, text: string): Statement {
  invariant(NAME.test(name), `a statement has a name of small letters, digits and _: ${name}`);
  return `/* ${name} */ ${text.trim()}` as Statement;
}

/** Returns the name that a text carries, undefined for one that carries none. */
export function nameOfStatement(text: string): string | undefined {
  return NAMED.exec(text)?.[1];
}
