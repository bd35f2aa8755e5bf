import { LOOKALIKE_LETTERS, LOOKALIKE_SIGNS } from "./lookalikes.ts";
import type { SafetyLanguage } from "./types.ts";

/**
 * Words that are never said back, because repeating them does harm or no good. Found also where they are written so that a list of
 * words would not find them: digits and letters of other scripts for those they look like, accents, hyphens, letters repeated.
 */

/** In the middle of any word. What a name may hold is told apart: Snigger, niggardly. */
const ANYWHERE = [
  "(?<!s)nigger",
  "nigga(?!rd)",
  ..."fuck faggot bitch whore asshole hitler blowjob pedophil paedophil cocksuck bullshit dickhead shithead wetback".split(
    " ",
  ),
  ..."retard(?!ement|at) hurensohn arschloch missgeburt schwuchtel judensau hijoputa gilipolla vaffancul encule bougnoul".split(
    " ",
  ),
];

/** As a word of their own, or its plural: Scunthorpe, Hancock, Slutsky, Spicer and Nazir are names. */
const WHOLE =
  "cunt cunty dick cock pussy pussie ass asses slut slutty shit shitty fag rape raper rapist nazi kike spic chink gook tranny pedo".split(
    " ",
  );

/** Insults and swearing of the other languages, as a word with an ending of theirs: Barsch and Schwarzenegger are none. */
const WHOLE_ELSEWHERE = [
  ..."puta puto putilla maricon marica cabron cabrona pendejo pendeja mierda zorra subnormal sudaca negrata culero joto bollera travelo coño chinga chingar".split(
    " ",
  ),
  ..."hure fotze wichser wixer wixxer arsch schlampe nutte neger kanake kanacke spast spasti ficken ficker gefickt scheisse scheiss zigeuner transe untermensch".split(
    " ",
  ),
  ..."putain pute salope salaud connard connasse pede tapette gouine negre bicot youpin batard merde couille nique niquer tarlouze chinetoque bamboula".split(
    " ",
  ),
  ..."caralho porra viado boiola sapatao buceta foder fodase foda cuzao arrombado arrombada vadia merda paneleiro cona retardado".split(
    " ",
  ),
  ..."puttana cazzo stronzo stronza stronzi frocio froci ricchione culattone terrone minchia coglione coglioni zoccola bastardo bastarda mignotta".split(
    " ",
  ),
];
const ENDING = "(?:[sz]+|e[sn]?|n)?";

/** Not said back, without being an insult. */
const SEXUAL = "porn nude sex sexy horny penis".split(" ");

/** Not repeated either, without being an insult by itself. */
const PLAIN = "idiot stupid moron loser kill die suicide".split(" ");

/** Insults of one language that are ordinary words of another: a late train, a thick book, an ace, a turkey. */
const ORDINARY: Readonly<Record<SafetyLanguage, readonly string[]>> = {
  en: ["con"],
  es: [],
  de: ["dick", "ass", "asse", "pute", "puten", "fag", "cock", "rape", "spast"],
  fr: ["retard", "retards", "rape", "retarde", "retarder", "retardee", "retardes", "nique"],
  pt: ["rape"],
  it: ["rape"],
};

const whole = (stems: readonly string[], ending: string) => `^(?:${stems.map(repeatable).join("|")})${ending}$`;

const SLUR = new RegExp(
  `${ANYWHERE.map(repeatable).join("|")}|${whole(WHOLE, "[sz]*")}|${whole(WHOLE_ELSEWHERE.map(withoutAccents), ENDING)}`,
);
const NOT_REPEATED = new RegExp(`${whole(SEXUAL, "[sz]*")}|${whole(PLAIN, "")}`);

/** Each letter at least as often as it stands there: "fuuuck", but not Niger. */
function repeatable(stem: string): string {
  return stem.replace(/([a-z])\1*(?![^(]*\))/g, (run, letter: string) => `${letter}{${run.length},}`);
}

function withoutAccents(word: string): string {
  return word.normalize("NFD").replace(/\p{M}/gu, "");
}

const LETTER = /\p{L}/u;
/** Marks and formats have no place of their own in a word; joiners part it for the eye alone. */
const SKIPPED = /[\p{M}\p{Cf}'’_.#+-]/u;

/** The word in small Latin letters as it looks; a letter that looks like none of them becomes a blank. */
function folded(word: string): string {
  let plain = "";
  for (const char of word.normalize("NFKD").toLowerCase().normalize("NFKD")) {
    if (SKIPPED.test(char)) continue;
    plain += LOOKALIKE_LETTERS.get(char) ?? LOOKALIKE_SIGNS.get(char) ?? (/[a-z]/.test(char) ? char : " ");
  }
  return plain;
}

/** As it looks, and with a 1 for an l. */
function readings(word: string): readonly string[] {
  if (!LETTER.test(word)) return [];
  return /[1|!]/.test(word) ? [folded(word), folded(word.replaceAll(/[1|!]/g, "l"))] : [folded(word)];
}

/** Returns whether a word of the partner must not be said back. Pure, linear in its length. */
export function isUnsayable(word: string): boolean {
  return readings(word).some((plain) => SLUR.test(plain) || NOT_REPEATED.test(plain));
}

/** Returns whether a word is an insult, or swearing, in a sentence of that language. */
export function isSlur(word: string, language: SafetyLanguage): boolean {
  return readings(word).some((plain) => SLUR.test(plain) && !ORDINARY[language].includes(plain));
}
