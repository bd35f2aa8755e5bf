/** The names of a thrown value's classes, its own first. ccxt's classes cannot be imported without all of ccxt. */
export function classNames(thrown: unknown): string[] {
  const names: string[] = [];
  let prototype: unknown = typeof thrown === "object" && thrown !== null ? Object.getPrototypeOf(thrown) : null;
  while (typeof prototype === "object" && prototype !== null) {
    names.push(prototype.constructor.name);
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}
