import { FEELINGS_BAD, LAUGHS } from "./phrases.ts";
import { type Clause, hasPhrase, partsOf, type Reading } from "./text.ts";

export interface News {
  readonly isGood: boolean;
  readonly clause: Clause;
}

const list = (words: string): ReadonlySet<string> => new Set(words.split(" "));

const BAD_EVENTS = list(
  "died failed broke broken stolen robbed accident injured hurts pain headache fever flu divorce crashed cancelled canceled funeral surgery yelled horrible sucks suffering",
);
const BAD_PHRASES = [
  "passed away",
  "broke up",
  "left me",
  "laid off",
  "ran away",
  "cheated on",
  "i lost",
  "we lost",
  "i miss",
  "can not sleep",
  "in hospital",
  "in the hospital",
  "to the hospital",
  "is dead",
  "are dead",
  "got fired",
  "was fired",
  "fired me",
  "got dumped",
  "dumped me",
  "has cancer",
  "have cancer",
  "bad news",
  "bad day",
  "rough day",
  "hard day",
];
const BAD_TRAITS = list("boring annoying");
const GOOD_EVENTS = list("won promoted graduated");
const GOOD_PHRASES = [
  "i passed my",
  "i passed the",
  "i passed it",
  "my birthday",
  "got the job",
  "got a raise",
  "good news",
  "great news",
  "better now",
  "got a job",
  "got a new job",
  "have a new job",
  "found a job",
  "i finished my",
  "feels better",
  "i feel better",
  "getting better",
  "getting married",
];

/** Subjects whose feeling is news, not how the partner feels. */
const SUBJECTS = list("my our his her their the we he she they it");
const OWN_SUBJECTS = list("i my our we it");
const NEGATIONS = ["not", "no longer", "never", "nobody", "no one"];
/** Phrases that name something without saying that it happened: a liking, a joke. */
const NO_NEWS = [
  "i like",
  "i love",
  "i enjoy",
  "i adore",
  "i prefer",
  "i watch",
  "i watched",
  "i am watching",
  "i read",
  "i work",
  "laughing",
  "my bad",
];

/** Finds what happened to the partner or a person close to them, bad news first. Null when nothing did. */
export function newsIn(reading: Reading): News | null {
  if (reading.words.some((word) => LAUGHS.has(word.key))) return null;
  const told = reading.clauses
    .filter((clause) => !clause.isQuestion)
    .flatMap(partsOf)
    .filter((part) => !hasPhrase(part, NO_NEWS));
  const bad = told.find(isBad);
  const isOver = told.some((part) => hasPhrase(part, ["better now"]));
  if (bad && !isOver) return { isGood: false, clause: bad };
  const good = told.find(isGood);
  return good ? { isGood: true, clause: good } : null;
}

function isBad(clause: Clause): boolean {
  const isNegated = hasPhrase(clause, NEGATIONS);
  if (hasPhrase(clause, ["can not sleep", "nobody likes me", "no one likes me", "no friends"])) return true;
  return !isNegated && holdsBad(clause);
}

function isGood(clause: Clause): boolean {
  const first = clause.words[0]?.key ?? "";
  if (!OWN_SUBJECTS.has(first) && !hasPhrase(clause, ["good news", "great news", "got the job"])) return false;
  const isNegated = hasPhrase(clause, NEGATIONS);
  if (isNegated) return holdsBad(clause) && hasPhrase(clause, ["anymore", "any more", "no longer"]);
  return clause.words.some((word) => GOOD_EVENTS.has(word.key)) || hasPhrase(clause, GOOD_PHRASES);
}

function holdsBad(clause: Clause): boolean {
  if (hasPhrase(clause, BAD_PHRASES) || clause.words.some((word) => BAD_EVENTS.has(word.key))) return true;
  if (!SUBJECTS.has(clause.words[0]?.key ?? "")) return false;
  return clause.words.some(({ key }) => BAD_TRAITS.has(key) || (FEELINGS_BAD.has(key) && key !== "down"));
}
