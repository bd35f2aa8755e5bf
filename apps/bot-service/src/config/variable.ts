/** What a variable's text was read as. */
export type Read<T> =
  /** `note`: for the log, what the daemon makes of the value where that may surprise. */
  | { readonly ok: true; readonly value: T; readonly note?: string }
  /** `expected`: what this text would have to be, where that is more than the variable's own `expected`. */
  | { readonly ok: false; readonly expected?: string };

/** One environment variable: how it is read, and what the configuration table says of it. */
export interface Variable<T> {
  readonly name: string;
  readonly description: string;
  /** As shown in the table: `3`, `30 %`, `embedded backend`. */
  readonly defaultText: string;
  /** As shown in the table and in errors: `whole number, 0 to 10000`. */
  readonly expected: string;
  /** A secret's value is never shown. */
  readonly isSecret: boolean;
  read(text: string | undefined): Read<T>;
}

export interface Common {
  readonly description: string;
  readonly isSecret?: boolean;
}

/** A variable whose unset text means `fallback`, and which `parse` refuses by undefined. */
export const define = <T>(
  name: string,
  common: Common,
  expected: string,
  defaultText: string,
  fallback: T,
  parse: (text: string) => T | undefined,
): Variable<T> => ({
  name,
  description: common.description,
  defaultText,
  expected,
  isSecret: common.isSecret ?? false,
  read(text) {
    // Compose files and CI systems pass an unset variable as an empty string.
    if (text === undefined || text.trim() === "") return { ok: true, value: fallback };
    const value = parse(text.trim());
    return value === undefined ? { ok: false } : { ok: true, value };
  },
});

/** A whole number from `min` to `max`, both included; `unit` is how a reader should take it. */
export function wholeNumber(
  name: string,
  options: Common & { default: number; min: number; max: number; unit: string },
): Variable<number> {
  const expected = `${options.min} to ${options.max} (${options.unit}, whole)`;
  return define(name, options, expected, `${options.default}`, options.default, (text) => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    return value >= options.min && value <= options.max ? value : undefined;
  });
}

/** A whole number of per cent, read as a ratio from 0 to 1. */
export function percent(
  name: string,
  options: Common & { default: number; min: number; max: number },
): Variable<number> {
  const whole = wholeNumber(name, { ...options, unit: "per cent" });
  return {
    ...whole,
    read(text) {
      const result = whole.read(text);
      return result.ok ? { ok: true, value: result.value / 100 } : result;
    },
  };
}

/** A whole number like `wholeNumber`; `null` when unset, which `defaultText` explains. */
export function optionalWholeNumber(
  name: string,
  options: Common & { defaultText: string; min: number; max: number; unit: string },
): Variable<number | null> {
  const whole = wholeNumber(name, { ...options, default: options.min });
  return {
    ...whole,
    defaultText: options.defaultText,
    read: (text) => (text === undefined || text.trim() === "" ? { ok: true, value: null } : whole.read(text)),
  };
}

export function trueOrFalse(name: string, options: Common & { default: boolean }): Variable<boolean> {
  return define(name, options, "true or false", `${options.default}`, options.default, (text) => {
    if (/^(true|1|yes|on)$/i.test(text)) return true;
    return /^(false|0|no|off)$/i.test(text) ? false : undefined;
  });
}

export function oneOf<const T extends string>(
  name: string,
  options: Common & { default: T; values: readonly T[] },
): Variable<T> {
  return define<T>(name, options, options.values.join(", "), options.default, options.default, (text) =>
    options.values.find((value) => value === text.toLowerCase()),
  );
}

/** Free text; `null` when unset. `pattern` says in words what is accepted. */
export function optionalText(
  name: string,
  options: Common & { defaultText: string; expected: string; accepts: (text: string) => boolean },
): Variable<string | null> {
  return define<string | null>(name, options, options.expected, options.defaultText, null, (text) =>
    options.accepts(text) ? text : undefined,
  );
}

export function text(
  name: string,
  options: Common & { default: string; expected: string; accepts: (text: string) => boolean },
): Variable<string> {
  return define<string>(name, options, options.expected, options.default, options.default, (given) =>
    options.accepts(given) ? given : undefined,
  );
}

/** True for an absolute URL with one of these schemes (`https:`) and a host. */
export function isUrl(schemes: readonly string[]): (text: string) => boolean {
  return (given) => {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    return url !== undefined && schemes.includes(url.protocol) && url.hostname !== "";
  };
}

/** Texts separated by commas, at most `most` of them; an empty list when unset. */
export function textList(
  name: string,
  options: Common & { defaultText: string; expected: string; most: number; accepts: (text: string) => boolean },
): Variable<readonly string[]> {
  return define<readonly string[]>(name, options, options.expected, options.defaultText, [], (given) => {
    const items = given.split(",").map((item) => item.trim());
    return items.length <= options.most && items.every(options.accepts) ? items : undefined;
  });
}
