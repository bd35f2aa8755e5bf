/** The fixed words of one language: several for each occasion, said in turn. `{help}` and `{emergency}` are of the region. */
export interface FixedWords {
  /** To somebody who may be in danger. */
  readonly selfHarm: readonly string[];
  /** To somebody who worries about another. */
  readonly other: readonly string[];
  /** Where to find help; follows either. */
  readonly help: readonly string[];
  /** To somebody who stated an age under the limit. */
  readonly minor: readonly string[];
  /** Ends contact and meetings. */
  readonly minorContact: readonly string[];
  /** Ends sexual and intimate talk of a minor, with somebody to turn to. */
  readonly minorSexual: readonly string[];
  /** To an adult, the first time, and the last. */
  readonly sexual: readonly string[];
  readonly sexualEnd: readonly string[];
}
