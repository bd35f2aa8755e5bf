import { hasContact, hasLink } from "@shoal/safety";
import { pairs } from "./table.ts";

/** Returns the words of a list that is written as one text. */
export const list = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** Bounds the characters of a message that are read, and so the work for one message; enough for a chat line. */
export const MAX_READ_LENGTH = 1000;

/** One word: lower-case for matching, and as it was written for quoting. */
export interface Word {
  readonly key: string;
  readonly raw: string;
}

/** The words between two punctuation marks. */
export interface Clause {
  readonly words: readonly Word[];
  /** The keys with one space around each: ` i am anna `, so that a phrase is found by plain `includes`. */
  readonly padded: string;
  readonly isQuestion: boolean;
}

/** A message broken down once, in one pass over at most `MAX_READ_LENGTH` characters. */
export interface Reading {
  readonly clauses: readonly Clause[];
  readonly words: readonly Word[];
  /** All keys joined by one space; two messages with the same key count as the same. */
  readonly key: string;
  /** The text without addresses. */
  readonly plain: string;
  readonly hasLink: boolean;
  readonly hasContact: boolean;
  /** Whether most letters are outside the Latin script. */
  readonly isForeign: boolean;
}

/** Short forms, spelled out, and American words, in British: "i'm" is two words to every rule. */
const SPELLED_OUT = pairs(`
  i'm=I am,im=I am,i've=I have,ive=I have,i'd=I would,i'll=I will,you're=you are,youre=you are,u=you,ya=you,r=are,ur=your,it's=it is,that's=that is,
  thats=that is,what's=what is,whats=what is,how's=how is,hows=how is,where's=where is,who's=who is,name's=name is,he's=he is,she's=she is,we're=we are,
  they're=they are,don't=do not,dont=do not,doesn't=does not,didn't=did not,didnt=did not,can't=can not,cant=can not,cannot=can not,isn't=is not,
  aren't=are not,wasn't=was not,haven't=have not,won't=will not,couldn't=could not,we've=we have,idk=I do not know,dunno=I do not know,wanna=want to,
  gonna=going to,gotta=got to,favorite=favourite,fav=favourite,movies=films,movie=film,color=colour,gf=girlfriend,bf=boyfriend,mom=mum,there's=there is,
  wouldn't=would not
`);

// Words left out: they have no meaning here and would separate the words of a phrase.
const FILLERS = list("really even just actually ever also literally totally honestly basically kinda probably um uh");
/** Words that end a statement; and those that do where the next one begins like this. */
const SPLITS = list("but because cuz");
const JOINTS = list("and or when while so");
const CLAUSE_STARTS = list("i it he she they we you that this there then now what how do are is my our his her");

const TOKEN = /[\p{L}\p{M}\d'+#-]+|[^\p{L}\p{M}\d'+#\s-]/gu;

/** Reads a message. Pure, linear in the message's length; ignores everything past `MAX_READ_LENGTH`. */
export function read(message: string): Reading {
  // Compatibility forms may grow a character eighteenfold, so the cut is made again afterwards.
  const text = message.slice(0, MAX_READ_LENGTH).normalize("NFKC").slice(0, MAX_READ_LENGTH).replaceAll("’", "'");
  const chunks = text.split(/\s+/);
  const plain = chunks.filter((chunk) => !chunk.includes("@") && !hasLink(chunk)).join(" ");
  const clauses = toClauses(plain);
  const words = clauses.flatMap((clause) => clause.words);
  const count = (kind: RegExp) => plain.match(kind)?.length ?? 0;
  return {
    clauses,
    words,
    key: words.map((word) => word.key).join(" "),
    plain,
    hasLink: hasLink(text),
    hasContact: chunks.some((chunk) => chunk.includes("@")) || hasContact(plain),
    isForeign: count(/\p{L}/gu) > 2 * count(/\p{Script=Latin}/gu),
  };
}

/** Returns whether the clause has one of `phrases` as whole words: anywhere, behind "^" at its start, behind "=" alone; "…" is anything between. */
export function hasPhrase({ padded }: Clause, phrases: readonly string[]): boolean {
  return phrases.some((phrase) => {
    const [first = "", then = ""] = phrase.split(" … ");
    if (!padded.includes(` ${then}`)) return false;
    if (first.startsWith("=")) return padded === ` ${first.slice(1)} `;
    return first.startsWith("^") ? padded.startsWith(` ${first.slice(1)} `) : padded.includes(` ${first} `);
  });
}

/** Returns the number of words up to the end of `phrase` in the clause, or null if it is not in it. */
export function endOf(clause: Clause, phrase: string): number | null {
  const at = clause.padded.indexOf(` ${phrase} `);
  // Each word before the match put exactly one space in front of itself.
  return at < 0 ? null : clause.padded.slice(0, at + 1).split(" ").length - 2 + phrase.split(" ").length;
}

function toClauses(text: string): Clause[] {
  const clauses: Clause[] = [];
  let written: string[] = [];
  const end = (isQuestion: boolean) => {
    const parts = partsOf(written.flatMap(spelledOut).filter((word) => !FILLERS.has(word.key)));
    const toPadded = (words: readonly Word[]) => ` ${words.map(({ key }) => key).join(" ")} `;
    // The mark asks what stands right before it.
    const asks = (at: number) => isQuestion && at === parts.length - 1;
    clauses.push(...parts.map((words, at) => ({ words, padded: toPadded(words), isQuestion: asks(at) })));
    written = [];
  };
  for (const [token] of text.matchAll(TOKEN)) {
    const word = token.replace(/^['+#-]+/, "").replace(/['-]+$/, "");
    if (word !== "" && /[\p{L}\p{M}\d]/u.test(word)) written.push(word);
    else if (!/^['+#-]+$/.test(token)) end(token === "?");
  }
  end(false);
  return clauses;
}

/** Splits words where one statement ends and the next begins without a mark: "I'm Anna and my dog is sick". */
function partsOf(words: readonly Word[]): Word[][] {
  const parts: Word[][] = [[]];
  for (const [at, word] of words.entries()) {
    const isSplit = SPLITS.has(word.key) || (JOINTS.has(word.key) && CLAUSE_STARTS.has(words[at + 1]?.key ?? ""));
    if (isSplit && at > 0) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.filter((part) => part.length > 0);
}

function spelledOut(raw: string): Word[] {
  // "ça" and "ca" are one word to the matcher.
  const bare = raw.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  const key = bare.replace(/(\p{L})\1{2,}$/u, "$1");
  const parts = SPELLED_OUT.get(key)?.split(" ");
  return parts?.map((part) => ({ key: part.toLowerCase(), raw: part })) ?? [{ key, raw }];
}
