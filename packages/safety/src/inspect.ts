import { helpWords } from "./help-lines.ts";
import { clearLanguage, likelyLanguage } from "./language.ts";
import { type Heard, listen } from "./listener.ts";
import type { Concern, ConcernKind, Inspection, SafetyLanguage, SafetyPolicy, SafetyState } from "./types.ts";
import { WORDS } from "./words/index.ts";

/** 18 years, no one region, the built-in help lines, no links. */
export const DEFAULT_SAFETY: SafetyPolicy = { minAge: 18, region: "XX", helpLines: {}, allowsLinks: false };

const MAX_COUNT = 1_000;

/** Returns what is known at the beginning of a conversation: nothing. */
export function freshSafety(): SafetyState {
  return { isMinor: false, language: "en", kinds: [], answeredCount: 0 };
}

/**
 * Looks at a message of a person before anything answers it. Returns the next state, and the fixed words to say instead of a reply, or
 * null for `concern`. Pure; linear in at most 4,000 characters (of a longer text, its beginning and its end).
 */
export function inspect(state: SafetyState, text: string, policy: SafetyPolicy): Inspection {
  const heard = listen(text);
  const isMinor = state.isMinor || (heard.age !== null && heard.age < policy.minAge);
  const clear = clearLanguage(text);
  const language = clear ?? heard.language ?? state.language;
  const kind = kindOf(heard, isMinor, isMinor && heard.age !== null && heard.age < policy.minAge);
  if (kind === null) return { state: { ...state, isMinor, language }, concern: null };
  const isNew = !state.kinds.includes(kind);
  // A guess at this message goes before the language of earlier ones: words of help in one that the person cannot read help nobody.
  const spoken = clear ?? heard.danger?.language ?? heard.language ?? likelyLanguage(text) ?? state.language;
  const next: SafetyState = {
    isMinor,
    language,
    kinds: isNew ? [...state.kinds, kind] : state.kinds,
    answeredCount: (state.answeredCount + 1) % MAX_COUNT,
  };
  return {
    state: next,
    concern: concernOf(kind, heard, state, { isNew, isMinor, language: spoken }, policy),
  };
}

function kindOf(heard: Heard, isMinor: boolean, statesAge: boolean): ConcernKind | null {
  if (heard.danger) return "self_harm";
  if (isMinor && (heard.isSexual || heard.isIntimate)) return "minor_sexual";
  if (isMinor && heard.isContact) return "minor_contact";
  if (heard.isSexual) return "sexual";
  return statesAge ? "minor" : null;
}

function concernOf(
  kind: ConcernKind,
  heard: Heard,
  state: SafetyState,
  facts: { isNew: boolean; isMinor: boolean; language: SafetyLanguage },
  policy: SafetyPolicy,
): Concern {
  const words = WORDS[facts.language];
  const { help, emergency } = helpWords(policy.helpLines, policy.region, facts.isMinor, facts.language);
  const say = (lines: readonly string[]) =>
    (lines[state.answeredCount % lines.length] ?? "")
      .replace("{help}", () => help)
      .replace("{emergency}", () => emergency);
  const ends = kind === "minor_contact" || kind === "minor_sexual" || (kind === "sexual" && !facts.isNew);
  const lines = {
    self_harm: () => [say(heard.danger?.about === "other" ? words.other : words.selfHarm), say(words.help)],
    minor: () => [say(words.minor)],
    minor_contact: () => [say(words.minorContact)],
    minor_sexual: () => [say(words.minorSexual)],
    sexual: () => [say(facts.isNew ? words.sexual : words.sexualEnd)],
  };
  return { kind, lines: lines[kind](), ends, isNew: facts.isNew };
}
