/** Reads a value from outside; undefined for what is none of its kind. */
export type Read<Value> = (value: unknown) => Value | undefined;

/** How each field of an object is read. */
export type FieldReaders<Whole extends object> = {
  readonly [Name in keyof Whole]-?: Read<Exclude<Whole[Name], undefined>>;
};

/** Reads an object that has these fields and no others, in this order; the `optional` ones may be missing. */
export function objectOf<Whole extends object>(
  readers: FieldReaders<Whole>,
  optional: readonly (keyof Whole)[] = [],
): Read<Whole> {
  const fields = Object.entries<Read<unknown>>(readers).map(([name, read]) => {
    return { name, read, isOptional: optional.includes(name as keyof Whole) };
  });
  const names = new Set(Object.keys(readers));
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    if (!Object.keys(value).every((name) => names.has(name))) return undefined;
    const whole: Record<string, unknown> = {};
    for (const { name, read, isOptional } of fields) {
      const given = (value as Readonly<Record<string, unknown>>)[name];
      if (given === undefined && isOptional) continue;
      const found = read(given);
      if (found === undefined) return undefined;
      whole[name] = found;
    }
    return whole as Whole;
  };
}

/** Reads a list of at most so many items, none of which is refused. */
export function listOf<Item>(mostItems: number, read: Read<Item>): Read<readonly Item[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > mostItems) return undefined;
    const items: Item[] = [];
    for (const given of value) {
      const item = read(given);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  };
}

/** Reads a whole number that is exact, within limits. */
export function integerFrom(least: number, most = Number.MAX_SAFE_INTEGER): Read<number> {
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : undefined;
}

export function oneOf<Choice extends string>(...choices: readonly Choice[]): Read<Choice> {
  return (value) => (choices.includes(value as Choice) ? (value as Choice) : undefined);
}

/** Reads a text that passes. */
export function textWhere(passes: (text: string) => boolean): Read<string> {
  return (value) => (typeof value === "string" && passes(value) ? value : undefined);
}
