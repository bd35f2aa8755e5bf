/** Returns the phrases or lines of a text, which stand on lines of their own or between slashes. */
export const listed = (text: string): readonly string[] => text.trim().split(/\s*\n\s*(?:\/ )?|\s+\/\s+/);

/** Rows of a name, two blanks or more, and what is listed for it. A line that begins with a slash or bar goes on with its row. */
export function rows<Name extends string>(text: string): readonly (readonly [Name, readonly string[]])[] {
  return text
    .trim()
    .replace(/\n\s*([/|]) /g, " $1 ")
    .split("\n")
    .map((row) => /^\s*(\S+(?: \d+)?) {2,}(.*)$/.exec(row) ?? [])
    .map(([, name = "", rest = ""]) => [name as Name, listed(rest)]);
}

/** Returns the look-up of rows by name, and all that they list; nothing is listed for a name that has no row. */
export function table<Name extends string>(text: string) {
  const byName = new Map<Name, readonly string[]>(rows<Name>(text));
  const find = (name: Name): readonly string[] => byName.get(name) ?? [];
  return Object.assign(find, { all: [...byName.values()].flat() });
}

/** Returns whether one of the words is listed in a row. */
export function wordTable(text: string) {
  const sets = new Map(rows(text).map(([name, some]) => [name, new Set(some.flatMap((words) => words.split(" ")))]));
  return (row: string, words: readonly { readonly key: string }[]): boolean =>
    words.some(({ key }) => sets.get(row)?.has(key));
}

/** Reads what stands for what: `a=b,c=d`. */
export const pairs = (text: string): ReadonlyMap<string, string> =>
  new Map(text.split(",").map((pair) => pair.trim().split("=") as [string, string]));
