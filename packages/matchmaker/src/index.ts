export { MatchError } from "./errors.ts";
export { createMatchmaker, type MatchmakerOptions } from "./matchmaker.ts";
export { type Decision, type Pairing, pairTickets, type WaitingTicket } from "./pair.ts";
export { defaultMatchPolicy } from "./policy.ts";
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
