/** Endings of addresses that are no words of the six languages. */
const ENDINGS =
  "com|net|org|io|gg|xyz|ly|app|dev|tv|info|biz|link|site|online|shop|store|club|top|page|ru|uk|de|fr|es|eu|ch|ca|au|nl|br|pl|jp|cn|ai|cc|tk|fm|edu|gov|mil|onion";
/** Endings that are words too: an address only where something follows that no sentence has. */
const WORDY_ENDINGS = "me|it|in|is|to|at|be|am|us|so|no|co|my|pt|se|la|do|as|by|live|chat|one|world|fun";
const LABEL = "[\\p{L}\\p{N}][\\p{L}\\p{N}-]{1,62}";
const DOT_WORDS = "dot|punkt|punto|point|ponto|d0t";

const LINKS: readonly RegExp[] = [
  /\b(?:h(?:tt|xx)ps?|ftp|wss?)\s{0,2}:\s{0,2}[/\\]{2}/iu,
  /\bwww\s{0,2}[.,]\s{0,2}\p{L}/iu,
  /\bh ?t ?t ?p ?s? ?:/iu,
  /\bw w w\b/iu,
  new RegExp(
    `(?<![\\p{L}\\p{N}@.-])${LABEL}(?:\\.${LABEL}){0,5}\\.(?:${ENDINGS})(?![\\p{L}\\p{N}-])(?!\\.\\p{L})`,
    "iu",
  ),
  new RegExp(`(?<![\\p{L}\\p{N}@.-])[\\p{L}\\p{N}-]{1,63}\\.(?:${WORDY_ENDINGS})/\\S`, "iu"),
  new RegExp(
    `(?<![\\p{L}\\p{N}-])${LABEL}\\s?(?:\\(\\s?(?:${DOT_WORDS}|\\.)\\s?\\)|\\[\\s?(?:${DOT_WORDS}|\\.)\\s?\\]|\\s(?:${DOT_WORDS})\\s|\\s\\.\\s)\\s?(?:${ENDINGS}|me|co)(?![\\p{L}\\p{N}-])`,
    "iu",
  ),
  /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]\d)/u,
  /\[[0-9a-f:]{3,40}\]:\d|\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b/iu,
  /\blocalhost\b/iu,
];

/** "asp.net" and the like are names of things. */
const NOT_LINKS = /\b(?:asp|vb|ado)\.net\b|\bnode\.io\b/giu;

/** Returns whether a sentence has an address on the web, also one that is spelled out. Each repetition is bounded: linear. */
export function hasLink(sentence: string): boolean {
  const text = sentence.normalize("NFKC").replace(NOT_LINKS, " ");
  return LINKS.some((link) => link.test(text));
}

const PLACES =
  "insta(?:gram)?|snap(?:chat)?|discord|telegram|whats ?app|kik|skype|signal|tiktok|facebook|messenger|twitter|line|wechat|gmail|e-?mail|phone|telefon|telefono|numero|nummer|number|handy|tel";

const CONTACTS: readonly RegExp[] = [
  /[\p{L}\p{N}._%+-]{1,64}\s?(?:@|\(at\)|\[at\]|\(a\)|\[a\]| at | arroba | chiocciola | arobase )\s?[\p{L}\p{N}-]{1,63}\s?(?:\.|\(dot\)|\[dot\]| dot | punkt | punto | point | ponto )\s?[a-z]{2,10}\b/iu,
  // A name of two characters is a score or a smiley as often.
  /(?<![\p{L}\p{N}@])@[\p{L}_][\p{L}\p{N}_.]{2,30}/u,
  /(?<![\p{L}\p{N}#])[\p{L}_][\p{L}\p{N}_.]{1,31}#\d{4}(?!\d)/u,
  new RegExp(
    `(?<![\\p{L}\\p{N}])(?:${PLACES})\\s{0,2}(?:[:=@]|(?:is|ist|es|est|é|è|sono|bin|soy|suis|sou)\\s?:?)\\s{0,2}[@"']?[\\p{L}\\d+][\\p{L}\\d]{0,30}(?:[\\d_@]|[.-][\\p{L}\\d])`,
    "iu",
  ),
  /\b(?:add|text|dm|message|find|hit) me (?:up )?(?:on|at|in|via) (?:my )?(?:insta|snap|discord|telegram|whats ?app|kik|skype|signal|tiktok|facebook|@|\d)/iu,
];

/** Where somebody lives: "14 Elm Street", "calle Mayor 5", "Lindenstraße 3". */
const STREETS: readonly RegExp[] = [
  /\b\d{1,4}[a-z]?,? (?:\p{L}{2,20} ){1,3}(?:street|st\.|road|rd\.|avenue|ave\.?|lane|drive|boulevard|blvd)(?!\p{L})/iu,
  /(?<!\p{L})\p{L}{2,30}(?:straße|strasse|str\.|gasse|allee) ?\d{1,4}(?!\d)/iu,
  /(?<!\p{L})(?:calle|avenida|rue|avenue|boulevard|via|viale|corso|rua) (?:\p{L}{1,20} ){1,4}\d{1,4}(?!\d)/iu,
  /\b\d{1,4},? (?:bis )?(?:rue|avenue|boulevard|impasse) \p{L}/iu,
];

const DATE_TIME_OR_FRACTION =
  /(?<!\d)(?:\d{1,2}\.\d{4,}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{1,2}[:.]\d{2}(?::\d{2})?|(?:19|20)\d{2}(?:\s?[-–]\s?(?:19|20)?\d{2})?)(?!\d)/g;
/** Groups of three digits that end in zeros: a large number, as it is written in French or German. */
const ROUND_NUMBER = /(?<!\d)\d{1,3}(?:[ .\u00a0\u202f]\d{3}){0,4}[ .\u00a0\u202f]000(?!\d)/g;
const MIN_PHONE_DIGITS = 8;
const PHONE = /\+?\(?\d(?:[ ./()\u00a0-]{0,2}\d){5,20}/g;

const NUMBER_WORDS = new Set(
  (
    "zero oh one two three four five six seven eight nine cero uno dos tres cuatro cinco seis siete ocho nueve null eins zwei zwo drei vier funf fünf sechs sieben acht neun " +
    "un deux trois quatre cinq sept huit neuf um dois duas quatro sete oito nove due quattro cinque sei sette otto double triple"
  ).split(" "),
);
const MIN_SPOKEN_DIGITS = 7;

/** Returns whether a sentence has an address of mail, a number to call, a name to look for elsewhere or a street with its number. Linear. */
export function hasContact(sentence: string): boolean {
  const text = sentence.normalize("NFKC");
  return [...CONTACTS, ...STREETS].some((contact) => contact.test(text)) || hasPhone(text) || hasSpokenNumber(text);
}

function hasPhone(text: string): boolean {
  const numbers = text.replace(DATE_TIME_OR_FRACTION, " ; ").replace(ROUND_NUMBER, " ; ");
  return [...numbers.matchAll(PHONE)].some(([match]) => {
    const digits = match.replace(/\D/g, "").length;
    return digits >= MIN_PHONE_DIGITS || (digits === 7 && /^\d{3}[-. ]\d{4}$/.test(match)) || match.startsWith("+");
  });
}

function hasSpokenNumber(text: string): boolean {
  let run = 0;
  for (const word of text.toLowerCase().split(/[\s,.-]+/)) {
    run = NUMBER_WORDS.has(word) || /^\d$/.test(word) ? run + 1 : 0;
    if (run >= MIN_SPOKEN_DIGITS) return true;
  }
  return false;
}
