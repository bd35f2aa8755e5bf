export { type Attributes, attributesProblem } from "./attributes.ts";
export { MatchError } from "./errors.ts";
export { explainWait, type Wait, type WaitCode, type WaitReason, type WaitSurroundings } from "./explain.ts";
export {
  createMatchBrowser,
  type EndCount,
  type LineEntry,
  type MatchBrowser,
  type MatchEntry,
  type Page,
  type PageRequest,
  type SafetyCounts,
} from "./match-browser.ts";
export { createMatchmaker, type MatchmakerOptions } from "./matchmaker.ts";
export { type Decision, type Pairing, pairTickets, type WaitingTicket } from "./pair.ts";
export { BOT_MARGIN_MS } from "./pairer.ts";
export { defaultMatchPolicy } from "./policy.ts";
export { bucketNameOf } from "./rules/bucket-name.ts";
export type { RuleName } from "./rules/excluded.ts";
export {
  type ExplainPolicy,
  explainInLine,
  explainRules,
  type RuleExplanation,
  type TicketExplanation,
} from "./rules/explain-rules.ts";
export { type BucketNames, type BucketWait, botDueMs, OTHER_BUCKETS, objectiveOf } from "./rules/objective.ts";
export { checkRules, defaultMatchRules, type MatchRules, type NearRule } from "./rules/rules.ts";
export {
  LOOK_PARAMS,
  type LookRow,
  lookParams,
  type Sweep,
  type SweepRequest,
  type Swept,
  sweptOf,
} from "./sweep.ts";
export type * from "./types.ts";
