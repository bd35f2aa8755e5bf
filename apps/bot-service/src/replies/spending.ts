import type { Log } from "@shoal/kernel";
import type { ReplyBudget, ReplyReservation } from "@shoal/replies";

type Scope = Exclude<ReplyReservation, { readonly ok: true }>["scope"];

export const SCOPES = ["conversation", "person", "day", "month", "away"] as const satisfies readonly Scope[];

const SPENT =
  "the budget of replies by the model is spent: the rule engine speaks until it begins anew. Raise LLM_BUDGET_DAY or LLM_BUDGET_MONTH if that is too early";
const THERE_AGAIN = "the budget of replies by the model has begun anew: the model speaks again";

/**
 * Passes reservations on to `budget`, counts what it refuses, and logs once a day or month that the fleet's is spent, and once that it is there again.
 * At its end small replies may still fit where larger ones do not: that is no news.
 */
export function watchSpending(budget: ReplyBudget, { log, now }: { readonly log: Log; readonly now: () => number }) {
  const refused: Record<Scope, number> = { conversation: 0, person: 0, day: 0, month: 0, away: 0 };
  /** In which day or month each was spent. */
  const spentIn = new Map<"day" | "month", string>();
  const periodOf = (scope: "day" | "month") => new Date(now()).toISOString().slice(0, scope === "day" ? 10 : 7);
  const forgetPast = () => {
    for (const [scope, period] of spentIn) {
      if (period === periodOf(scope)) continue;
      spentIn.delete(scope);
      log.info({ scope }, THERE_AGAIN);
    }
  };
  const watched: ReplyBudget = {
    async reserve(ask) {
      const reserved = await budget.reserve(ask);
      if (reserved.ok) {
        forgetPast();
        return reserved;
      }
      const { scope } = reserved;
      refused[scope] += 1;
      if ((scope === "day" || scope === "month") && spentIn.get(scope) !== periodOf(scope)) {
        spentIn.set(scope, periodOf(scope));
        log.warn({ scope }, SPENT);
      }
      return reserved;
    },
    settle: (id, micros) => budget.settle(id, micros),
  };
  return {
    budget: watched,
    /** Since the start, by the limit that a reply would have passed. */
    refused: refused as Readonly<Record<Scope, number>>,
    /** What of the fleet's is spent now. */
    spent: () => [...spentIn].filter(([scope, period]) => period === periodOf(scope)).map(([scope]) => scope),
  };
}
