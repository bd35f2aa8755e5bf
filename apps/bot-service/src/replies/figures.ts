import type { TurnReport } from "@shoal/conversation-bot";
import type { EventSource } from "@shoal/kernel";
import type { ReplySourceState } from "@shoal/replies";
import type { BudgetLeft } from "./sql-budget.ts";
import type { TurnEvents } from "./talk-hooks.ts";

/** What is left of the fleet's budgets, as it was read last. */
export type BudgetsLeft = Readonly<Record<"day" | "month", BudgetLeft>>;

/** A fault of the model, without anything that was said. */
export interface ReplyFault {
  readonly atMs: number;
  readonly code: string;
}

/** What is known of a model and its money. Null for a daemon without one. */
export interface ModelFigures {
  readonly model: string;
  readonly host: string;
  /** Null until the client is loaded. */
  readonly state: ReplySourceState | null;
  readonly refused: Readonly<Record<string, number>>;
  readonly spent: readonly ("day" | "month")[];
  /** Undefined until it was read. */
  readonly left: BudgetsLeft | undefined;
}

const FAULTS_KEPT = 50;

/** Counts turns by who answered, and keeps the latest faults, until closed. */
export function countTurns(events: Pick<EventSource<TurnEvents>, "on">, nowMs: () => number) {
  const engines: Record<TurnReport["engine"], number> = { model: 0, rules: 0, safety: 0 };
  const codes: Record<string, number> = {};
  const faults: ReplyFault[] = [];
  const close = events.on("turn:said", ({ engine, code }) => {
    engines[engine] += 1;
    if (code === undefined) return;
    codes[code] = (codes[code] ?? 0) + 1;
    faults.unshift({ atMs: nowMs(), code });
    faults.length = Math.min(faults.length, FAULTS_KEPT);
  });
  return { read: () => ({ engines: { ...engines }, codes: { ...codes }, faults: [...faults] }), close };
}

export type TurnCounts = ReturnType<ReturnType<typeof countTurns>["read"]>;
