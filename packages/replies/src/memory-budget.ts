import { DAY_MS, type Runtime } from "@shoal/kernel";
import type { Micros, ReplyBudget, ReplyReservation } from "./types.ts";

/** Limits of spending, in UTC days and months. */
export interface BudgetLimits {
  readonly conversationMicros: Micros;
  readonly personDayMicros: Micros;
  readonly dayMicros: Micros;
  readonly monthMicros: Micros;
}

/** A budget in the memory of one process, for programs without a database. Takes from all limits or from none. */
export function createMemoryBudget(
  limits: BudgetLimits,
  { clock, ids }: Pick<Runtime, "clock" | "ids">,
): ReplyBudget & { readonly takenMicros: Micros; readonly openCount: number } {
  const taken = new Map<string, Micros>();
  const open = new Map<string, { readonly keys: readonly string[]; readonly worstMicros: Micros }>();
  let takenMicros = 0;
  return {
    get takenMicros() {
      return takenMicros;
    },
    get openCount() {
      return open.size;
    },
    async reserve({ conversationId, personId, worstMicros }): Promise<ReplyReservation> {
      const day = Math.floor(clock.now() / DAY_MS);
      const month = new Date(clock.now()).toISOString().slice(0, 7);
      const scopes = [
        ["conversation", `conversation ${conversationId}`, limits.conversationMicros],
        ["person", `person ${day} ${personId}`, limits.personDayMicros],
        ["day", `day ${day}`, limits.dayMicros],
        ["month", `month ${month}`, limits.monthMicros],
      ] as const;
      const full = scopes.find(([, key, limit]) => (taken.get(key) ?? 0) + worstMicros > limit);
      if (full !== undefined) return { ok: false, scope: full[0] };
      const id = ids.uuid();
      const keys = scopes.map(([, key]) => key);
      open.set(id, { keys, worstMicros });
      add(keys, worstMicros);
      return { ok: true, id };
    },
    async settle(id, usedMicros) {
      const reserved = open.get(id);
      if (reserved === undefined) return;
      open.delete(id);
      add(reserved.keys, usedMicros - reserved.worstMicros);
    },
  };

  function add(keys: readonly string[], micros: Micros): void {
    for (const key of keys) taken.set(key, (taken.get(key) ?? 0) + micros);
    takenMicros += micros;
  }
}
