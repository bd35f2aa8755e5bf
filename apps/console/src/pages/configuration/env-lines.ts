import type { ConfigRow } from "@shoal/bot-service/bodies";

/** What needs no quotes in a shell and in an env file. */
const PLAIN = /^[\w./:@%+,=-]*$/;

const quoted = (value: string) => (PLAIN.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`);

/** Variables as lines of an env file. Secrets are named and left out. */
export function envLines(rows: readonly ConfigRow[]): string {
  const lines = rows.flatMap(({ variable, value, is_secret }) => {
    if (value === null) return [];
    return [is_secret ? `# ${variable} is set, and is a secret` : `${variable}=${quoted(value)}`];
  });
  return lines.map((line) => `${line}\n`).join("");
}

/** Whether a variable is meant by a search: its name, value or description has all words of it. */
export function fits({ variable, value, description }: ConfigRow, search: string): boolean {
  const text = `${variable} ${value ?? ""} ${description}`.toLowerCase();
  const words = search.toLowerCase().split(/\s+/);
  return words.every((word) => text.includes(word));
}

/** What the table of variables says, without the marks of Markdown. */
export const plainWords = (text: string): string => text.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1").replaceAll("`", "");
