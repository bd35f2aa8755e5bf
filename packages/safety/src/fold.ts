import { LOOKALIKE_LETTERS, LOOKALIKE_SIGNS } from "./lookalikes.ts";

/** Bounds the characters of a message that are read, and so the work for one: its beginning, and as much of its end. */
export const MAX_READ_LENGTH = 4_000;
/** No word of the six languages that matters is longer. */
const MAX_WORD_LENGTH = 24;
/** Stands where a sentence ends, and where there is a comma. */
const STOP = ".";
const COMMA = ",";

const LETTER = /[a-z]/;
const DIGIT = /[0-9]/;
const SENTENCE_END = /[.!?;\n\r]/;
const INVISIBLE = /[\p{M}\p{Cf}]/u;
const PICTURE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]/u;
/** Pictures that stand for a word more often than for a mood. */
const PICTURE_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "🔫": "gun",
    "🔪": "knife",
    "💊": "pills",
    "⚰": "coffin",
    "🪦": "grave",
    "🍆": "cock",
    "🍑": "ass",
  }),
);
/** Signs that stand for a letter within a word, or hide one. */
const SIGN = /[@$!|*€]/;
/** "né" without its accent would be "ne", which says nothing. */
const FRENCH_BORN = /(?<!\p{L})née?s?(?!\p{L})/gu;
const APOSTROPHES = /[’‘`´ʼ＇]/gu;

/** The beginning and the end of a text that is longer than what is read. */
export function bounded(text: string): string {
  if (text.length <= MAX_READ_LENGTH) return text;
  return `${text.slice(0, MAX_READ_LENGTH / 2)}\n${text.slice(-MAX_READ_LENGTH / 2)}`;
}

/** Small Latin letters, digits, apostrophes, blanks and signs; every sentence end is a `.` of its own. Linear. */
function plain(text: string): string {
  const read = bounded(text).replace(APOSTROPHES, "'").normalize("NFKC").slice(0, MAX_READ_LENGTH);
  const chars = [...read.toLowerCase().replace(FRENCH_BORN, "nee").normalize("NFKD")];
  let out = "";
  for (let at = 0; at < chars.length && out.length < 2 * MAX_READ_LENGTH; at += 1) {
    const char = chars[at] ?? "";
    if (INVISIBLE.test(char)) continue;
    const letter = LOOKALIKE_LETTERS.get(char) ?? digit(char);
    if (/^[a-z0-9']+$/.test(letter)) out += letter;
    else if (PICTURE.test(char)) out += picture(char, out, chars[at + 1]);
    else if (SIGN.test(char) && isWithin(out, chars[at + 1])) out += char;
    else if (char === COMMA || char === ":") out += ` ${COMMA} `;
    else if (SENTENCE_END.test(char)) out += endsSentence(chars, at) ? ` ${STOP} ` : " ";
    else out += " ";
  }
  return out;
}

/** A digit of another script as the digit that it is: each script has its ten in a row, from a place that ends in 0 or 6. */
function digit(char: string): string {
  if (!/\p{Nd}/u.test(char)) return char;
  let zero = char.codePointAt(0) ?? 0;
  const value = zero;
  while (value - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(value - zero);
}

function picture(char: string, before: string, after: string | undefined): string {
  const word = PICTURE_WORDS.get(char);
  if (word !== undefined) return ` ${word} `;
  return isWithin(before, after) ? "" : " ";
}

/** Between two letters, or where a word begins: "k!ll", "$uicide". */
function isWithin(before: string, after: string | undefined): boolean {
  return after !== undefined && /[\p{L}\p{N}*]/u.test(after) && !before.endsWith(".");
}

/** "i just... want" goes on; so do "k.i.l.l", "3.5" and "8. klasse". */
function endsSentence(chars: readonly string[], at: number): boolean {
  const char = chars[at] ?? "";
  const next = chars[at + 1] ?? " ";
  if (char !== ".") return true;
  const before = chars[at - 1] ?? "";
  return next !== "." && before !== "." && !DIGIT.test(before) && !/[\p{L}\p{N}]/u.test(next);
}

/** The words of one text, before any language looks at them. Linear. */
export function rawWords(text: string): string[] {
  return plain(text)
    .split(" ")
    .filter((word) => word !== "")
    .flatMap(splitElision);
}

/** The words as one language's patterns want them, with a `.` between sentences and a `,` for each comma. */
export function fold(raw: readonly string[], vocabulary: Vocabulary): string[] {
  return joinLetters(raw, vocabulary)
    .flatMap((word) => repaired(word, vocabulary).split(" "))
    .filter((word) => word !== "");
}

/** The words that one language's patterns have. */
export interface Vocabulary {
  knows(word: string): boolean;
  /** What stands for a short form, nothing for a filler; undefined for every other word. */
  expand(word: string): string | undefined;
  /** Long words, by their first letter, to which a slip of the hand is led back. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

export function vocabularyOf(
  { fillers, synonyms }: { readonly fillers: string; readonly synonyms: string },
  literals: ReadonlySet<string>,
  stems: ReadonlySet<string>,
  keyWords: ReadonlySet<string> = new Set(),
): Vocabulary {
  const pairs = synonyms.split("|").map((pair) => pair.split(":") as [string, string]);
  const expansions = new Map([...pairs, ...fillers.split(" ").map((word) => [word, ""] as const)]);
  const lengths = [...new Set([...stems].map((stem) => stem.length))];
  const keys = new Map<string, string[]>();
  for (const word of keyWords) {
    const first = word.charAt(0);
    if (word.length >= MIN_KEY_LENGTH) keys.set(first, [...(keys.get(first) ?? []), word]);
  }
  return {
    knows: (word) => literals.has(word) || lengths.some((length) => stems.has(word.slice(0, length))),
    expand: (word) => expansions.get(word),
    keys,
  };
}

/** French and Italian: "j'ai" is two words. English: "I'll" is known as it stands, "don't" is one word. */
function splitElision(word: string): string[] {
  const at = word.indexOf("'");
  if (at < 0) return [word];
  const trimmed = word.replace(/^'+|'+$/g, "");
  const parts = /^([a-z]{0,5}[b-df-hj-np-tv-z]|qu|[a-z]{1,5}qu)'([aeiouhy].*)$/.exec(trimmed);
  if (parts) return [parts[1] ?? "", (parts[2] ?? "").replaceAll("'", "")];
  return [trimmed];
}

/** "d i e", "k i l l m y s e l f": single letters that spell words which are known. */
function joinLetters(raw: readonly string[], vocabulary: Vocabulary): string[] {
  const out: string[] = [];
  let run: string[] = [];
  const endRun = () => {
    out.push(...spelled(run, vocabulary));
    run = [];
  };
  for (const word of raw) {
    if (word.length === 1 && word !== STOP && word !== COMMA) run.push(word);
    else {
      endRun();
      out.push(word);
    }
  }
  endRun();
  return out;
}

const MAX_SPELLED = 60;

/** The words that a run of letters spells, the longest first; the letters themselves where it spells none. */
function spelled(run: readonly string[], { knows }: Vocabulary): readonly string[] {
  if (run.length < 3 || run.length > MAX_SPELLED) return run;
  const letters = run.map((char) => LOOKALIKE_SIGNS.get(char) ?? char).join("");
  // The words that reach from each place to the end, or null.
  const from: (string[] | null)[] = new Array(letters.length + 1).fill(null);
  from[letters.length] = [];
  for (let at = letters.length - 1; at >= 0; at -= 1) {
    for (let end = Math.min(letters.length, at + MAX_WORD_LENGTH); end > at; end -= 1) {
      const rest = from[end];
      const word = letters.slice(at, end);
      if (!rest || !(word === "i" || ((word === "a" || word.length > 1) && knows(word)))) continue;
      from[at] = [word, ...rest];
      break;
    }
  }
  return from[0] ?? run;
}

/** One word without signs, tricks and slips of the hand, as far as a known word comes out; else as it is. */
function repaired(word: string, vocabulary: Vocabulary): string {
  if (word === STOP || word === COMMA) return word;
  const known = (candidate: string) =>
    vocabulary.expand(candidate) ?? (vocabulary.knows(candidate) ? candidate : undefined);
  const exact = known(word.slice(0, MAX_WORD_LENGTH));
  if (exact !== undefined) return exact;
  const bare = word.replaceAll("'", "").slice(0, MAX_WORD_LENGTH);
  if (!LETTER.test(bare)) return bare.replace(/[^0-9]/g, "");
  // A number with a letter for a digit: "l4", "1s".
  if (/^[li][0-9]$|^1s$/.test(bare)) return bare.replace(/[li]/, "1").replace("s", "5");
  for (const candidate of candidates(bare)) {
    const found = known(candidate);
    if (found !== undefined) return found;
  }
  if (DIGIT.test(bare)) return bare.replace(/[^a-z0-9]/g, "").replace(/(?<=[0-9])(?=[a-z])|(?<=[a-z])(?=[0-9])/g, " ");
  const letters = bare.replace(/[^a-z]/g, "");
  return vocabulary.keys.get(letters.charAt(0))?.find((key) => isSlip(letters, key)) ?? letters;
}

const MIN_KEY_LENGTH = 6;

/**
 * Whether a word is a long one with a letter left out, doubled, added or changed, or two of them swapped. A letter at the end is part of
 * the grammar (matarme, matarte), and in shorter words all but a swap makes another word (living and loving, stroke and stone).
 */
function isSlip(word: string, key: string): boolean {
  if (Math.abs(word.length - key.length) > 1 || word.length < MIN_KEY_LENGTH - 1) return false;
  let at = 0;
  while (at < key.length && word[at] === key[at]) at += 1;
  if (at > key.length - 3) return false;
  const rest = word.slice(at);
  if (rest.slice(2) === key.slice(at + 2) && rest[0] === key[at + 1] && rest[1] === key[at]) return true;
  if (key.length === MIN_KEY_LENGTH) return false;
  if (word.length < key.length) return rest === key.slice(at + 1);
  return rest.slice(1) === key.slice(word.length > key.length ? at : at + 1);
}

/** "diiie", "su1c1de", "k!ll", "s*icide": what they may stand for. */
function candidates(word: string): string[] {
  const forms = [word];
  if (/[^a-z]/.test(word) && !/^\d+[a-z]{1,2}$|^[a-z]{1,2}\d{1,2}$/.test(word)) {
    forms.push(spelledBySigns(word), spelledBySigns(word.replaceAll(/[1|!]/g, "l")));
  }
  return forms.flatMap((form) => [form, form.replace(/([a-z])\1{2,}/g, "$1$1"), form.replace(/([a-z])\1{2,}/g, "$1")]);
}

function spelledBySigns(word: string): string {
  let out = "";
  for (const char of word) out += LOOKALIKE_SIGNS.get(char) ?? char;
  return out;
}
