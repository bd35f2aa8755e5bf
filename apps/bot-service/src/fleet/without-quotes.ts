const LONGEST = 500;
/** A run of this many characters that stands in a text, too, is taken for a quote of it. */
const QUOTE_CHARACTERS = 8;

/**
 * Returns the start of an error's message without what it quotes of `texts`, whole or in part: a parser's error quotes what a person wrote,
 * which must not reach the log.
 */
export function withoutQuotes(message: string, texts: readonly string[]): string {
  const start = message.slice(0, LONGEST);
  const isQuoted = new Array<boolean>(start.length).fill(false);
  const mark = (from: number, length: number) => isQuoted.fill(true, from, from + length);
  for (const text of texts) {
    for (let at = 0; at + QUOTE_CHARACTERS <= start.length; at += 1) {
      if (text.includes(start.slice(at, at + QUOTE_CHARACTERS))) mark(at, QUOTE_CHARACTERS);
    }
    if (text.length >= QUOTE_CHARACTERS || text.trim() === "") continue;
    for (let at = start.indexOf(text); at >= 0; at = start.indexOf(text, at + 1)) {
      if (standsAlone(start, at, text.length)) mark(at, text.length);
    }
  }
  let kept = "";
  for (let at = 0; at < start.length; at += 1) {
    if (!isQuoted[at]) kept += start[at];
    else if (!isQuoted[at - 1]) kept += "[message text]";
  }
  return message.length > LONGEST ? `${kept}…` : kept;
}

/** Whether a short text is no part of a longer word: "hi" in "this". */
function standsAlone(within: string, at: number, length: number): boolean {
  const isLetter = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}]/u.test(character);
  return !isLetter(within[at - 1]) && !isLetter(within[at + length]);
}
