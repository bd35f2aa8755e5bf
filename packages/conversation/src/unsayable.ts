/**
 * Words that are never said back, because repeating them does harm or no good. Found also where they are written so that a list of
 * words would not find them: digits and letters of other scripts for those they look like, accents, hyphens, letters repeated.
 */

/** In the middle of any word. What a name may hold is told apart: Snigger, niggardly. */
const ANYWHERE = [
  "(?<!s)nigger",
  "nigga(?!rd)",
  ..."fuck faggot bitch whore asshole hitler retard blowjob pedophil paedophil cocksuck bullshit dickhead shithead wetback".split(
    " ",
  ),
];

/** As a word of their own, or its plural: Scunthorpe, Hancock, Slutsky, Spicer and Nazir are names. */
const WHOLE =
  "cunt cunty dick cock pussy pussie ass asses slut slutty shit shitty fag rape raper rapist porn nude sex sexy horny penis nazi kike spic chink gook tranny pedo".split(
    " ",
  );

/** Not repeated either, without being an insult by itself. */
const PLAIN = "idiot stupid moron loser kill die suicide".split(" ");

const UNSAYABLE = new RegExp(
  `${ANYWHERE.map(repeatable).join("|")}|^(?:${WHOLE.map(repeatable).join("|")})[sz]*$|^(?:${PLAIN.map(repeatable).join("|")})$`,
);

/** Each letter at least as often as it stands there: "fuuuck", but not Niger. */
function repeatable(stem: string): string {
  return stem.replace(/([a-z])\1*(?![^(]*\))/g, (run, letter: string) => `${letter}{${run.length},}`);
}

const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{
      0: "o",
      1: "i",
      2: "z",
      3: "e",
      4: "a",
      5: "s",
      6: "g",
      7: "t",
      8: "b",
      9: "g",
      "@": "a",
      $: "s",
      "!": "i",
      "|": "i",
    },
    ...{
      а: "a",
      в: "b",
      е: "e",
      ѕ: "s",
      і: "i",
      к: "k",
      м: "m",
      н: "h",
      о: "o",
      р: "p",
      с: "c",
      т: "t",
      у: "u",
      х: "x",
      ԁ: "d",
      ո: "n",
    },
    ...{
      α: "a",
      β: "b",
      ε: "e",
      η: "n",
      ι: "i",
      κ: "k",
      μ: "u",
      ν: "v",
      ο: "o",
      ρ: "p",
      σ: "s",
      ς: "s",
      τ: "t",
      υ: "u",
      χ: "x",
    },
    ...{ ı: "i", ł: "l", ø: "o", đ: "d", ð: "d", ß: "ss", æ: "ae", œ: "oe", ɡ: "g", ƒ: "f", ʀ: "r", ɴ: "n", ɪ: "i" },
  }),
);

const LETTER = /\p{L}/u;
/** Marks and formats have no place of their own in a word; joiners part it for the eye alone. */
const SKIPPED = /[\p{M}\p{Cf}'’_.#+-]/u;

/** The word in small Latin letters as it looks; a letter that looks like none of them becomes a blank. */
function folded(word: string): string {
  let plain = "";
  for (const char of word.normalize("NFKD").toLowerCase().normalize("NFKD")) {
    if (SKIPPED.test(char)) continue;
    plain += LOOKALIKES.get(char) ?? (/[a-z]/.test(char) ? char : " ");
  }
  return plain;
}

/** Returns whether a word of the partner must not be said back. Pure, linear in its length. */
export function isUnsayable(word: string): boolean {
  if (!LETTER.test(word)) return false;
  const plain = folded(word);
  return UNSAYABLE.test(plain) || (/[1|!]/.test(word) && UNSAYABLE.test(folded(word.replaceAll(/[1|!]/g, "l"))));
}
