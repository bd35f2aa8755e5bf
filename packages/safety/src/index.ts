export { hasContact, hasLink } from "./addresses.ts";
export { helpLinesProblem } from "./help-lines.ts";
export { DEFAULT_SAFETY, freshSafety, inspect } from "./inspect.ts";
export { language } from "./language.ts";
export { hasManyDigits, isImproperName, isUnrepeatable } from "./repeatable.ts";
export { type ReplyFacts, type ReplyProblem, replyProblem } from "./reply-problem.ts";
export type {
  Concern,
  ConcernKind,
  HelpLine,
  HelpLines,
  Inspection,
  SafetyLanguage,
  SafetyPolicy,
  SafetyState,
} from "./types.ts";
export { SAFETY_LANGUAGES } from "./types.ts";
export { isUnsayable } from "./unsayable.ts";
