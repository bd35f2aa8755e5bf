import type { Clock, EventSource } from "@shoal/kernel";
import type { JoinAllowance } from "../join-allowance.ts";
import type { LedgerAnswer, LedgerFleet, LedgerTurn } from "./join-ledger.ts";

export interface SharedAllowanceEvents {
  /** The ledger was asked for so many joins. */
  "joins:asked": { readonly count: number };
  "joins:granted": { readonly count: number };
  /** Grants that were not used in time, or may not be any more. */
  "joins:returned": { readonly count: number };
  /** One join was sent without asking the ledger. */
  "joins:counted": Record<never, never>;
  /** The ledger does not answer: until it does, this pool spends its part of the share by itself. */
  "ledger:lost": { readonly error: Error };
  "ledger:found": Record<never, never>;
}

export interface SharedAllowanceOptions {
  readonly clock: Clock;
  readonly limits: LedgerFleet["limits"];
  /** Takes a turn at the ledger that all replicas share. May reject: whether it was taken is then unknown. */
  readonly applyTurn: (turn: LedgerTurn) => Promise<LedgerAnswer>;
  /** Number of the replicas that share the project, this one included; null while it is not known. */
  readonly replicaCount: () => number | null;
}

/** An allowance that a fleet shares. */
export interface SharedAllowance extends JoinAllowance {
  readonly events: EventSource<SharedAllowanceEvents>;
  /** Another replica told the ledger something of the server: what was granted before that is not used any more. */
  changed(): void;
  /** Leaves no timer, and grants nothing any more. Idempotent. */
  close(): void;
}
