/** The languages that are understood, and in which the fixed words are written. */
export const SAFETY_LANGUAGES = ["en", "es", "de", "fr", "pt", "it"] as const;
export type SafetyLanguage = (typeof SAFETY_LANGUAGES)[number];

/**
 * What was noticed. `self_harm`: the person, or somebody whom the person worries about, may be in danger. `minor`: an age under the limit
 * was stated. `minor_contact`, `minor_sexual`: contact, a meeting, or sexual or intimate talk after that. `sexual`: sexual talk of
 * somebody of whom no such age is known.
 */
export type ConcernKind = "self_harm" | "minor" | "minor_contact" | "minor_sexual" | "sexual";

/** Whom somebody in need can reach in one region. Each entry is said as it stands: a name and a number, or an address on the web. */
export interface HelpLine {
  /** One or two services for somebody in a crisis, of any age. */
  readonly crisis: readonly string[];
  /** One or two services for children and teenagers; those of `crisis` where there is none. */
  readonly young: readonly string[];
  /** The emergency number; null says "the local emergency number" in the person's language. */
  readonly emergency: string | null;
}

/** Help lines by ISO 3166 alpha-2 code, and `XX` for every region without an entry. */
export type HelpLines = Readonly<Record<string, HelpLine>>;

/** What the operator decides. */
export interface SafetyPolicy {
  /** Years; who states fewer is treated as a minor. */
  readonly minAge: number;
  /** ISO 3166 alpha-2 of the people's country in capitals, or `XX` for no one country. */
  readonly region: string;
  /** The operator's own help lines by region; each replaces the built-in entry of its region. */
  readonly helpLines: HelpLines;
  /** Whether a reply may carry links and contact data. */
  readonly allowsLinks: boolean;
}

/** What the gate knows of one conversation. JSON: it is part of what is saved of a conversation. */
export interface SafetyState {
  readonly isMinor: boolean;
  /** The language of the person's last message of which the language was clear. */
  readonly language: SafetyLanguage;
  /** What was noticed so far, each kind once. */
  readonly kinds: readonly ConcernKind[];
  /** How often fixed words were said, so that the next ones differ. 0 to 999, then from 0 again. */
  readonly answeredCount: number;
}

export interface Concern {
  readonly kind: ConcernKind;
  /** One to three lines of at most 280 characters, to be said instead of any other reply. */
  readonly lines: readonly string[];
  /** Whether the bot takes its leave after them. */
  readonly ends: boolean;
  /** Whether this kind was noticed for the first time in this conversation. */
  readonly isNew: boolean;
}

export interface Inspection {
  readonly state: SafetyState;
  readonly concern: Concern | null;
}
