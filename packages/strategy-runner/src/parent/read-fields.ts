/** Reads a value from outside; undefined for what is none of its kind. */
export type Read<Value> = (value: unknown) => Value | undefined;

/** Fields of an object, of values that nobody has looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** Returns the fields of an object that has no others than these. */
export function fieldsOf(value: unknown, names: ReadonlySet<string>): Fields | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.keys(value).every((name) => names.has(name)) ? (value as Fields) : undefined;
}

/** Reads a list of at most so many items, none of which is refused. */
export function readList<Item>(value: unknown, mostItems: number, read: Read<Item>): Item[] | undefined {
  if (!Array.isArray(value) || value.length > mostItems) return undefined;
  const items: Item[] = [];
  for (const given of value) {
    const item = read(given);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

/** Whether a value is a whole number, 0 or more, that is exact. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export const readCount: Read<number> = (value) => (isCount(value) ? value : undefined);

export function isOneOf<Choice extends string>(value: unknown, choices: readonly Choice[]): value is Choice {
  return choices.includes(value as Choice);
}

export function readChoice<Choice extends string>(value: unknown, choices: readonly Choice[]): Choice | undefined {
  return isOneOf(value, choices) ? value : undefined;
}

/** Reads a text that matches as a whole. */
export function readMatch(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === "string" && pattern.test(value) ? value : undefined;
}
