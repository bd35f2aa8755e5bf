type WithoutUndefined<T> = {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
} & { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] };

/** Copies an object without its fields that are `undefined`. */
export function omitUndefined<T extends object>(fields: T): WithoutUndefined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as WithoutUndefined<T>;
}
