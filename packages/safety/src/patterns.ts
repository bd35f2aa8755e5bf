/**
 * The pattern language of this package. A pattern is a line of words of the folded text:
 *
 *     word          that word                      word~      that word with any ending
 *     [a|b c]       one of these                   [a|b]?     one of these, or nothing; also `word?`
 *     ..            up to four words               ^  $       the sentence begins, ends
 *     ,             a comma or colon, which only `harmless` and `otherAges` see
 *     <name>        a group defined in the same language, `<N>`, a number up to 99, or `<Y>`, a year
 *
 * Patterns become one regular expression of which each repetition is bounded, over a text that is bounded too.
 */
export type Groups = Readonly<Record<string, string>>;

const TOKEN = /\[|\]\??|\||,|\.\.|<[a-zA-Z]+>\??|[\^$]|[a-z0-9]+~?\??/g;
const WORD = "[a-z0-9]{1,24}";

export interface Pattern {
  readonly source: string;
  /** The whole words in it, and the beginnings of words. */
  readonly literals: ReadonlySet<string>;
  readonly stems: ReadonlySet<string>;
}

/** Translates the lines of a language. A line that begins with `#` says something about those below. */
export function compile(lines: string, groups: Groups): Pattern {
  const literals = new Set<string>();
  const stems = new Set<string>();
  const word = (token: string): string => {
    const bare = token.replace("?", "");
    const isStem = bare.endsWith("~");
    const text = isStem ? bare.slice(0, -1) : bare;
    (isStem ? stems : literals).add(text);
    const source = ` ${text}${isStem ? "[a-z]{0,12}" : ""}`;
    return bare === token ? source : `(?:${source})?`;
  };
  const translate = (line: string, depth: number): string => {
    let source = "";
    const rest = line.replaceAll(TOKEN, "").trim();
    if (rest !== "") throw new Error(`the pattern "${line}" has ${JSON.stringify(rest)}, which means nothing`);
    for (const [token] of line.matchAll(TOKEN)) {
      if (token === "[") source += "(?:";
      else if (token === "]") source += ")";
      else if (token === "]?") source += ")?";
      else if (token === "|") source += "|";
      else if (token === ",") source += " ,";
      else if (token === "..") source += `(?: ${WORD}){0,4}?`;
      else if (token === "^") source += "(?<=^| \\.)";
      else if (token === "$") source += "(?= \\.|$)";
      else if (token === "<N>") source += " [0-9]{1,2}";
      else if (token === "<Y>") source += " 20[0-9]{2}";
      else if (token.startsWith("<")) {
        const name = token.slice(1, token.indexOf(">"));
        const group = groups[name];
        if (group === undefined || depth > 6)
          throw new Error(`the patterns name the group ${name}, which is not defined`);
        source += `(?:${translate(group, depth + 1)})${token.endsWith("?") ? "?" : ""}`;
      } else source += word(token);
    }
    return source;
  };
  const sources = lines
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => translate(line, 0));
  // Without patterns: an expression that nothing matches.
  const source = sources.length === 0 ? "(?!)" : sources.map((one) => `(?:${one})(?![a-z0-9])`).join("|");
  return { source, literals, stems };
}
