import { invariant } from "@shoal/kernel";

declare const isNamed: unique symbol;

/** The text of a statement that carries its name. Only `statement` makes one. */
export type Statement = string & { readonly [isNamed]: true };

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const FIRST_WORD = /^[\s(]*[a-z]+/i;
const NAMED = /^[\s(]*(?:[a-zA-Z]+ )?\/\* ([a-z][a-z0-9_]{0,62}) \*\//;

/**
 * Names a statement, the part that sends it first: `job_renew`. The name is what figures and log lines are by, because a text is long and
 * a value may be a person's. It stands in a comment of the text itself, so that pg_stat_statements, pg_stat_activity and the
 * server's log show it as well; behind the first word, because Postgres 18 leaves out what stands before.
 */
export function statement(name: string, text: string): Statement {
  invariant(NAME.test(name), `a statement has a name of small letters, digits and _: ${name}`);
  const [first] = FIRST_WORD.exec(text) ?? [];
  // An operator's own text may begin with a comment.
  const named = first ? `${first} /* ${name} */${text.slice(first.length)}` : `/* ${name} */ ${text}`;
  return named.trim() as Statement;
}

/** Returns the name that a text carries, undefined for one that carries none. */
export function nameOfStatement(text: string): string | undefined {
  return NAMED.exec(text)?.[1];
}
