/** Makes identifiers. Real in `system-ids.ts`, counted in testkit. */
export interface Ids {
  /** Returns a new UUID in text form. */
  uuid(): string;
}
