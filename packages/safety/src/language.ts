import { bounded } from "./fold.ts";
import { SAFETY_LANGUAGES, type SafetyLanguage } from "./types.ts";

/** Small words that tell one language from the other five, or from most of them. As written, without accents. */
const WORDS: Readonly<Record<SafetyLanguage, string>> = {
  en: "the i im you u is are was my your and to of it that this what dont do not with for have has he she they we just about want wanna how why when can cant be been will would were of all no one know think like really so get from our hi hello hey year old years",
  es: "el los las es y yo tu mi que con por para pero muy estoy soy eres tengo tienes quiero hay esta este esto hola como donde cuando porque ya nada todo todos mejor siempre nunca anos hacer hago gracias ni sin mas pues una un al del lo le se no me te si a ver creo vale bien",
  de: "ich du er sie wir ihr ist bin bist und oder aber nicht kein keine das die der den dem ein eine mit fur auf auch noch nur mal mir mich dich dir mein meine dein deine habe hab hast hat will was wie wo wer warum ja nein jahre alt hallo schon immer mehr wenn zu von im einfach doch sehr geht klasse danke",
  fr: "je tu il elle nous vous on est suis es et ou mais pas ne plus que qui quoi le les des une un du au dans pour avec sans mon ma mes ton ta moi toi ai as jai cest tres bien bonjour salut ca ans rien tout fait veux peux trop merci oui si quand chui jsuis ya",
  pt: "o os um uma eu voce vc tu meu minha seu sua nao na no nos nas em com por para pra pro mas muito estou to ta esta sou tenho tem quero que quem como onde quando porque ola oi anos mais nada tudo todo mundo isso essa esse ele ela melhor sem tambem ja obrigado obrigada faz dos das do da e",
  it: "il lo gli io sei sono e mi ti si ho hai ha che chi con per ma non piu anche molto mio mia tuo tua questo questa ciao come dove quando perche anni niente tutto tutti sempre mai voglio vuoi fare faccio del della di da nel una un ne ci sto stai bene grazie cosa senza meglio",
};

/** Letters that one of the languages has and most of the others have not. */
const LETTERS: readonly (readonly [RegExp, SafetyLanguage, number])[] = [
  [/[ñ¿¡]/u, "es", 3],
  [/[äöüß]/u, "de", 3],
  [/[ãõ]/u, "pt", 3],
  [/ç[ãõ]/u, "pt", 3],
  [/[êœîûèà]|ç/u, "fr", 1],
  [/[ìòèù]/u, "it", 1],
  [/[áíóú]/u, "es", 1],
  [/[êâôçáíóú]/u, "pt", 1],
];

const SCORES: ReadonlyMap<string, readonly SafetyLanguage[]> = scoresOf(WORDS);

function scoresOf(lists: Readonly<Record<SafetyLanguage, string>>): Map<string, SafetyLanguage[]> {
  const scores = new Map<string, SafetyLanguage[]>();
  for (const name of SAFETY_LANGUAGES) {
    for (const word of new Set(lists[name].split(" "))) scores.set(word, [...(scores.get(word) ?? []), name]);
  }
  return scores;
}

/** Returns the language of a text, or null where none of the six leads clearly. Pure, linear. */
export function clearLanguage(text: string): SafetyLanguage | null {
  return leading(text, { points: 1, lead: 0.3 });
}

/** Returns the language that leads at all, or null for a text without a word that tells. Pure, linear. */
export function likelyLanguage(text: string): SafetyLanguage | null {
  return leading(text, { points: 0.1, lead: 0.01 });
}

/** Returns the language of a text: one of the six, English where that is not clear. Pure, linear in at most 4,000 characters. */
export function language(text: string): SafetyLanguage {
  return clearLanguage(text) ?? "en";
}

function leading(text: string, least: { readonly points: number; readonly lead: number }): SafetyLanguage | null {
  const read = bounded(text).toLowerCase().normalize("NFC");
  const points = new Map<SafetyLanguage, number>(SAFETY_LANGUAGES.map((name) => [name, 0]));
  const add = (name: SafetyLanguage, score: number) => points.set(name, (points.get(name) ?? 0) + score);
  for (const [letters, name, score] of LETTERS) if (letters.test(read)) add(name, score);
  const bare = read.replace(/[’']/g, " ").normalize("NFD").replace(/\p{M}/gu, "");
  for (const [word] of bare.matchAll(/\p{L}{1,24}/gu)) {
    const names = SCORES.get(word) ?? [];
    // A word that several languages share says less.
    for (const name of names) add(name, 2 / (names.length + 1));
  }
  const [first, second] = [...points].toSorted((one, other) => other[1] - one[1]);
  if (!first || !second || first[1] < least.points || first[1] - second[1] < least.lead) return null;
  return first[0];
}
