import { DEFAULT_FUEL } from "@shoal/strategy-runner";
import { type Charge, chargeOwners } from "./statements.ts";

type Sql = Parameters<typeof chargeOwners>[0];

/** What the quickest programs burn; of a run that was stopped in its middle nothing but its time is known. */
const FUEL_PER_MS = DEFAULT_FUEL / 500;

/**
 * The time and the fuel of runs that count for nothing, because a deploy, a stop or new settings came in between. They were spent, and their owners are
 * charged: otherwise whoever changes a strategy in the middle of each run has its runs for nothing.
 */
export interface VoidRuns {
  /** `fuel`: default: what so much time can burn. */
  add(ownerId: string, durationMs: number, fuel?: number): void;
  /** Charges the owners for what was added since. Errors as `Sql.query`, and then the next call charges it. */
  charge(sql: Sql): Promise<void>;
}

export function createVoidRuns(): VoidRuns {
  const charges = new Map<string, Charge>();
  const add = (charge: Charge) => {
    const { count = 0, durationMs = 0, fuel = 0 } = charges.get(charge.ownerId) ?? {};
    charges.set(charge.ownerId, {
      ...{ ownerId: charge.ownerId, count: count + charge.count },
      ...{ durationMs: durationMs + charge.durationMs, fuel: fuel + charge.fuel },
    });
  };
  return {
    add(ownerId, durationMs, fuel = fuelOfMs(durationMs)) {
      add({ ownerId, count: 1, durationMs, fuel });
    },
    async charge(sql) {
      if (charges.size === 0) return;
      const sent = [...charges.values()];
      charges.clear();
      try {
        await chargeOwners(sql, sent);
      } catch (error) {
        sent.forEach(add);
        throw error;
      }
    },
  };
}

/** The most that a run of so long can have burnt. */
export function fuelOfMs(durationMs: number): number {
  return Math.min(DEFAULT_FUEL, Math.round(durationMs * FUEL_PER_MS));
}
