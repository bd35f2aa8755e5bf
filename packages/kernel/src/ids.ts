/** Makes identifiers. Real in `system-ids.ts`, counted in testkit. */
export interface Ids {
  /** A new UUID in text form, unique for all time. */
  uuid(): string;
}
