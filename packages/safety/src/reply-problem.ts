import { hasContact, hasLink } from "./addresses.ts";
import { claimIn } from "./claims.ts";
import { language } from "./language.ts";
import { leaks } from "./leaks.ts";
import { listen } from "./listener.ts";
import { posesAsSystem } from "./roles.ts";
import type { SafetyPolicy } from "./types.ts";
import { isSlur } from "./unsayable.ts";

/** Why a sentence may not be said. */
export type ReplyProblem =
  | "denies_bot"
  | "claims_human"
  | "leaks_prompt"
  | "link"
  | "contact"
  | "meeting"
  | "poses_as_system"
  | "slur"
  | "sexual"
  | "unprintable";

export interface ReplyFacts {
  readonly policy: SafetyPolicy;
  readonly isMinor: boolean;
  /** The canary, and pieces of the prompt that nobody may read. */
  readonly secrets: readonly string[];
}

/**
 * Controls, line ends, marks of reading order and of no width, halves of pairs, and towers of marks over one letter; but for the
 * joiner within one picture.
 */
const UNPRINTABLE =
  /(?!(?<=[\p{Extended_Pictographic}\p{M}\p{Emoji_Modifier}])\u200D(?=\p{Extended_Pictographic}))[\p{C}\p{Zl}\p{Zp}]|\p{M}{5}/u;

/**
 * Returns why a model's sentence may not be said; null if it may. Looks at the whole sentence, in all six languages. Pure, linear in the
 * sentence's length. What claims, contact and talk are looked for in is bounded to 4,000 characters, more than any sentence has.
 */
export function replyProblem(sentence: string, { policy, isMinor, secrets }: ReplyFacts): ReplyProblem | null {
  if (UNPRINTABLE.test(sentence)) return "unprintable";
  if (leaks(sentence, secrets)) return "leaks_prompt";
  if (hasSlur(sentence)) return "slur";
  if (!policy.allowsLinks && hasLink(sentence)) return "link";
  if (!policy.allowsLinks && hasContact(sentence)) return "contact";
  if (posesAsSystem(sentence)) return "poses_as_system";
  if (isMinor) {
    const heard = listen(sentence);
    if (heard.isSexual || heard.isIntimate) return "sexual";
    if (heard.isContact) return "contact";
  }
  const claim = claimIn(sentence);
  return claim === "meeting" && policy.allowsLinks ? null : claim;
}

/** Words of the farm, which are insults elsewhere. */
const ON_THE_FARM = /\bcocks?\b(?=[\s-](?:crow|cried|a-doodle|pheasant|and bull))/giu;

function hasSlur(sentence: string): boolean {
  const name = language(sentence);
  const words = sentence
    .replace(ON_THE_FARM, " ")
    .split(/[\s,;:?"“”«»()[\]{}/…]+/u)
    .map((word) => word.replace(/^[^\p{L}\p{N}@$]+|[^\p{L}\p{N}@$€]+$/gu, ""));
  if (words.some((word) => isSlur(word, name))) return true;
  // "f u c k": single letters that follow each other.
  const spelled = words.map((word) => (word.length === 1 ? word : " ")).join("");
  return spelled.split(" ").some((run) => run.length > 2 && isSlur(run, name));
}
