/** How a source is written. */
export type Language = "typescript" | "javascript";

/** Where a compiler sees something in a source. */
export interface Finding {
  /** The compiler's number: 2322 of TS2322. */
  readonly number: number;
  readonly message: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** `limit`: it did not come to an end in time or memory, or its answer was too long. `unavailable`: it does not work here. */
export type CompilerTrouble = { readonly kind: "limit" } | { readonly kind: "unavailable"; readonly reason: string };

export type Diagnosis = { readonly kind: "findings"; readonly findings: readonly Finding[] } | CompilerTrouble;

export type Stripped =
  | { readonly kind: "javascript"; readonly javascript: string }
  | { readonly kind: "refused"; readonly finding: Finding }
  | CompilerTrouble;

/** The compilers, each in a process of its own: a source of 1 kB can occupy either for ever, or break it for all that come after. */
export interface Compiler {
  /** Says what is wrong with a source, by its syntax and by its types. */
  diagnose(source: string, language: Language): Promise<Diagnosis>;
  /** Puts blanks where the types of a TypeScript source are. */
  strip(source: string): Promise<Stripped>;
}
