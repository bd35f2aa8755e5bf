/** Cuts a stream of text into whole sentences. */
export interface SentenceReader {
  /** Takes the next piece of the text and returns the sentences that are whole by now. */
  push(chunk: string): readonly string[];
  /** Returns what is left at the text's end; nothing of it if the text was cut off there, since it may be half a sentence. */
  end(isWhole: boolean): readonly string[];
  /** Whether a sentence is longer than any may be. Nothing is read from there on. */
  readonly isFlooded: boolean;
}

/** Longest run of marks, of closing quotes, of blanks or of emoji that is looked at in one go, so that no mark is waited for without end. */
const MAX_MARKS = 64;
/** An opened quote or bracket keeps a sentence together for so long: it may never be closed. */
const MAX_QUOTED_CHARACTERS = 200;

const MARK = /[.!?…。！？]/u;
const CANDIDATE = /[.!?…。！？\n]/gu;
const WIDE_MARK = /[。！？]/u;
const BLANK = /\s/u;
const CLOSER = /["'”’“»«›)\]}*_]/u;
const LOWER = /\p{Ll}/u;
const EMOJI = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0e|\ufe0f|\u20e3/u;
const EMOTICON = /(?:[:;=][-'’]?[)(DPpOo3*|/]{1,8}|<3{1,8}|[xX]D{1,8}|\^\^)(?=\s|$)/uy;
const EMOTICON_BEGIN = /[:;=<xX^]/u;
/** What goes on with the same sentence after its mark. */
const GOES_ON = /[,;:–—-]/u;
const WORD_BEFORE = /[\p{L}\p{N}.'’]+$/u;
const IS_SAID = /[\p{L}\p{N}\p{Extended_Pictographic}]|[:;=][-'’]?[)(DPp]/u;

/** Words that end in a point and no sentence. In doubt a word is one: two sentences said as one are better than a half one. */
const ABBREVIATIONS: ReadonlySet<string> = new Set(
  [
    "approx apr aug bros capt cf col corp dec dept dr ed eg est etc excl feb fig gen gov hon ie inc incl jan jr lt ltd max min misc mr mrs ms mt no nov oct op orig pl pp prof pt rep rev sec sen sep sept sgt sr st vol vs",
    "abb abs allg bspw bzgl bzw ca dipl evtl ff fr geb gem ggf hl hr inkl jh jhd kap mio mrd nr od sog str tel u.a usw vgl zzgl",
    "admón apdo art av avda cap cía dpto dra dña ej excmo gral hnos izq lic núm pág pdo prov sra srta tfno tlf ud uds vd vds",
    "adj ann apr av boul chap édit env ex hab m mgr mlle mm mme n° p pl réf réfs suiv svt tél",
    "dras eng ex exa exma exmo ltda obs pág profª sras srs srta vossa",
    "avv cfr dott dott.ssa ecc egr gent ing pag pagg prof.ssa rag sig sig.na sig.ra sigg ss tav",
  ]
    .join(" ")
    .split(" "),
);

/**
 * Makes a reader of sentences of up to `maxCharacters` each. Where the text is cut into chunks makes no difference to what comes out: a
 * sentence is given out once what follows it has been seen, and by nothing but the text. In doubt two sentences stay together.
 */
export function createSentenceReader(maxCharacters: number): SentenceReader {
  let text = "";
  let scannedTo = 0;
  /** Half of a pair, whose other half is in the next chunk. */
  let half = "";
  let isFlooded = false;

  const take = (end: number, next: number): string[] => {
    const sentence = tidy(text.slice(0, end));
    text = text.slice(next).trimStart();
    scannedTo = 0;
    return IS_SAID.test(sentence) ? [sentence] : [];
  };

  return {
    push(chunk) {
      if (isFlooded) return [];
      const joined = half + chunk;
      half = isHighSurrogate(joined.charCodeAt(joined.length - 1)) ? joined.slice(-1) : "";
      text = (text + joined.slice(0, joined.length - half.length)).trimStart();
      const sentences: string[] = [];
      for (;;) {
        CANDIDATE.lastIndex = scannedTo;
        scannedTo = CANDIDATE.exec(text)?.index ?? text.length;
        if (scannedTo > maxCharacters) {
          isFlooded = true;
          text = "";
          break;
        }
        if (scannedTo === text.length) break;
        const found = endAt(text, scannedTo);
        if (found === "unknown") break;
        if (found.isEnd) sentences.push(...take(found.end, found.next));
        else scannedTo = found.next;
      }
      return sentences;
    },
    end(isWhole) {
      const rest = isWhole && !isFlooded ? take(text.length, text.length) : [];
      text = "";
      return rest;
    },
    get isFlooded() {
      return isFlooded;
    },
  };
}

/** Whether a sentence ends at a mark, and where to go on. `unknown` until more of the text is there. */
type SentenceEnd =
  | "unknown"
  | { readonly isEnd: false; readonly next: number }
  | { readonly isEnd: true; readonly end: number; readonly next: number };

function endAt(text: string, mark: number): SentenceEnd {
  if (text[mark] === "\n") return endAtLine(text, mark);
  const marksEnd = skip(text, mark, MARK);
  let end = skip(text, marksEnd, CLOSER);
  end = skip(text, closedQuote(text, end), CLOSER);
  if (end === text.length) return "unknown";
  const hasClosed = end > marksEnd;
  const isWide = WIDE_MARK.test(text.slice(mark, marksEnd));
  const emojiEnd = skip(text, end, EMOJI);
  if (emojiEnd === text.length) return "unknown";
  const hasEmoji = emojiEnd > end;
  end = emojiEnd;
  const next = skip(text, end, BLANK);
  if (next === end)
    return isWide || hasEmoji ? decided(text, mark, marksEnd, end, next, hasClosed) : { isEnd: false, next: end };
  if (next === text.length) return "unknown";
  const decorated = decorationEnd(text, next);
  if (decorated === "unknown") return "unknown";
  if (decorated > next) {
    const afterwards = skip(text, decorated, BLANK);
    return afterwards === text.length ? "unknown" : decided(text, mark, marksEnd, decorated, afterwards, hasClosed);
  }
  return decided(text, mark, marksEnd, end, next, hasClosed);
}

/** An empty line ends a sentence, unless it announces what follows. */
function endAtLine(text: string, mark: number): SentenceEnd {
  const next = skip(text, mark, BLANK);
  if (next === text.length) return "unknown";
  const lines = text.slice(mark, next).split("\n").length - 1;
  const before = text.slice(0, mark).trimEnd().at(-1) ?? "";
  return lines < 2 || GOES_ON.test(before) ? { isEnd: false, next } : { isEnd: true, end: mark, next };
}

function decided(
  text: string,
  mark: number,
  marksEnd: number,
  end: number,
  next: number,
  hasClosed: boolean,
): SentenceEnd {
  const goesOn: SentenceEnd = { isEnd: false, next: marksEnd };
  const following = codePoint(text, next);
  if (following === "!" || following === "?" || GOES_ON.test(following)) return goesOn;
  const isLower = LOWER.test(following);
  if (hasClosed && isLower) return goesOn;
  const marks = text.slice(mark, marksEnd);
  if (marks === "." && isAbbreviated(text.slice(Math.max(0, mark - 24), mark))) return goesOn;
  if ((marks.includes("…") || marks.includes("..")) && isLower) return goesOn;
  if (end < MAX_QUOTED_CHARACTERS && isOpen(text.slice(0, end))) return goesOn;
  return { isEnd: true, end, next };
}

/** Where emoji and emoticons end that follow a sentence, and belong to it. */
function decorationEnd(text: string, from: number): number | "unknown" {
  const emojiEnd = skip(text, from, EMOJI);
  if (emojiEnd === text.length) return "unknown";
  if (emojiEnd > from) return emojiEnd;
  if (!EMOTICON_BEGIN.test(text[from] ?? "")) return from;
  EMOTICON.lastIndex = from;
  const length = EMOTICON.exec(text)?.[0].length ?? 0;
  const wordEnd = skip(text, from, /\S/u);
  if (wordEnd === text.length) return "unknown";
  return from + length;
}

/** Past a quote that is closed after a blank, as in French. */
function closedQuote(text: string, end: number): number {
  const next = skip(text, end, BLANK);
  const opened = count(text.slice(0, end), "«") > count(text.slice(0, end), "»");
  if (!opened) return end;
  if (next === text.length) return text.length;
  return text[next] === "»" ? next + 1 : end;
}

function isAbbreviated(before: string): boolean {
  const word = WORD_BEFORE.exec(before)?.[0].toLowerCase() ?? "";
  return (
    ABBREVIATIONS.has(word) ||
    /^\p{L}$/u.test(word) ||
    /^(?:\p{L}{1,3}\.)+\p{L}{1,3}$/u.test(word) ||
    /^\d{1,2}$/.test(word)
  );
}

/** Whether a quote or bracket is open at the end of this. A bracket that is a face is none. */
function isOpen(text: string): boolean {
  const of = (char: string) => count(text, char);
  return (
    of('"') % 2 === 1 ||
    count(text.replaceAll(/[:;=][-'’]?\(+/g, ""), "(") > of(")") ||
    of("„") > of("“") + of("”") ||
    of("“") > of("”") + of("„") ||
    of("«") !== of("»")
  );
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}

/** Returns the index of the first character from there on that is none of these. */
function skip(text: string, from: number, chars: RegExp): number {
  let at = from;
  while (at < text.length && at - from <= MAX_MARKS) {
    const char = codePoint(text, at);
    if (!chars.test(char)) break;
    at += char.length;
  }
  return at;
}

function codePoint(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function tidy(sentence: string): string {
  return sentence.replaceAll(/\s+/gu, " ").trim();
}
