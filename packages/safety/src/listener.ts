import { fold, rawWords, type Vocabulary, vocabularyOf } from "./fold.ts";
import { hearDanger } from "./learned/hear.ts";
import { compile } from "./patterns.ts";
import { PHRASES } from "./phrases/index.ts";
import type { Phrases } from "./phrases/phrases.ts";
import { SAFETY_LANGUAGES, type SafetyLanguage } from "./types.ts";

/** What was heard in one message. */
export interface Heard {
  /** In danger, or worried about somebody; and the language in which that was said. */
  readonly danger: { readonly about: "self" | "other"; readonly language: SafetyLanguage | null } | null;
  /** The youngest age that the person stated; null without one. */
  readonly age: number | null;
  readonly isContact: boolean;
  readonly isSexual: boolean;
  readonly isIntimate: boolean;
  /** The language in which something of all this was said. */
  readonly language: SafetyLanguage | null;
}

type Section = Exclude<keyof Phrases, "fillers" | "synonyms" | "groups" | "schoolYear" | "minors">;

interface Listener {
  readonly language: SafetyLanguage;
  readonly sections: Readonly<Record<Section, RegExp>>;
  readonly schoolYear: number;
  readonly minors: readonly (readonly [number, RegExp])[];
  readonly vocabulary: Vocabulary;
}

const SECTIONS: readonly Section[] = [
  "harmless",
  "stories",
  "selfHarm",
  "other",
  "otherAges",
  "age",
  "birthday",
  "school",
  "born",
  "contact",
  "sexual",
  "intimate",
];

function listenerOf(language: SafetyLanguage, phrases: Phrases): Listener {
  const literals = new Set<string>();
  const stems = new Set<string>();
  const of = (lines: string) => {
    const pattern = compile(lines, phrases.groups);
    for (const word of pattern.literals) literals.add(word);
    for (const stem of pattern.stems) stems.add(stem);
    return new RegExp(pattern.source, "g");
  };
  // A slip of the hand is led back only to words of danger.
  of(`${phrases.selfHarm}\n${phrases.other}`);
  const keyWords = new Set(literals);
  const sections = Object.fromEntries(SECTIONS.map((name) => [name, of(phrases[name])])) as Record<Section, RegExp>;
  const minors = phrases.minors.map(([age, lines]) => [age, of(lines)] as const);
  return {
    language,
    sections,
    schoolYear: phrases.schoolYear,
    minors,
    vocabulary: vocabularyOf(phrases, literals, stems, keyWords),
  };
}

const LISTENERS: readonly Listener[] = SAFETY_LANGUAGES.map((name) => listenerOf(name, PHRASES[name]));

/**
 * Listens to one message in all six languages: for what patterns know for certain, and for danger that is only hinted at. Pure, linear in
 * at most 4,000 characters.
 */
export function listen(text: string): Heard {
  const raw = rawWords(text);
  const read = LISTENERS.map((listener) => ({ listener, folded: ` ${fold(raw, listener.vocabulary).join(" ")}` }));
  const isStory = read.some(({ listener, folded }) => has(listener.sections.stories, folded));
  let all: Heard = { danger: null, age: null, isContact: false, isSexual: false, isIntimate: false, language: null };
  for (const { listener, folded } of read) all = both(all, heardBy(listener, folded, isStory));
  if (all.danger) return all;
  const about = hearDanger(text);
  return { ...all, danger: about && { about, language: null } };
}

function heardBy({ language, sections, schoolYear, minors }: Listener, folded: string, isStory: boolean): Heard {
  // A figure of speech ends at a comma; what is said in earnest does not.
  const serious = withoutCommas(folded.replace(sections.harmless, " ~"));
  const all = withoutCommas(folded);
  const about = has(sections.other, serious) ? "other" : !isStory && has(sections.selfHarm, serious) ? "self" : null;
  const age = ageIn(withoutCommas(folded.replace(sections.otherAges, " ~")), sections, schoolYear, minors);
  const told = {
    isContact: has(sections.contact, all),
    isSexual: has(sections.sexual, serious),
    isIntimate: has(sections.intimate, all),
  };
  const isAny = about !== null || age !== null || told.isContact || told.isSexual || told.isIntimate;
  return { danger: about && { about, language }, age, ...told, language: isAny ? language : null };
}

/** What two languages heard together. Danger of the person's own goes before that of somebody else. */
function both(one: Heard, other: Heard): Heard {
  const ages = [one.age, other.age].filter((age) => age !== null);
  return {
    danger: one.danger?.about === "self" || !other.danger ? one.danger : other.danger,
    age: ages.length === 0 ? null : Math.min(...ages),
    isContact: one.isContact || other.isContact,
    isSexual: one.isSexual || other.isSexual,
    isIntimate: one.isIntimate || other.isIntimate,
    language: one.language ?? other.language,
  };
}

function withoutCommas(text: string): string {
  return text.replaceAll(" ,", "");
}

function has(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}

/** Pure code has no calendar. In later years somebody born in a year that is told is taken for younger: too careful rather than too late. */
const YEAR_OF_THESE_PATTERNS = 2026;
/** Nobody younger writes; a smaller number is of something else. */
const MIN_STATED_AGE = 6;

function ageIn(
  own: string,
  sections: Listener["sections"],
  schoolYear: number,
  minors: Listener["minors"],
): number | null {
  const ages = [
    ...numbers(sections.age, own),
    ...numbers(sections.birthday, own).map((next) => next - 1),
    ...numbers(sections.school, own).map((year) => year + schoolYear),
    ...numbers(sections.born, own).map((year) => YEAR_OF_THESE_PATTERNS - year),
    ...minors.filter(([, pattern]) => has(pattern, own)).map(([age]) => age),
  ].filter((age) => age >= MIN_STATED_AGE);
  return ages.length === 0 ? null : Math.min(...ages);
}

function numbers(pattern: RegExp, text: string): number[] {
  return [...text.matchAll(pattern)].flatMap(([match]) => /\d{1,4}/.exec(match)?.map(Number) ?? []);
}
