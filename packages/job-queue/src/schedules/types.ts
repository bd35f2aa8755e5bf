import type { EventSource } from "@shoal/kernel";
import type { NewJob, ScheduleEvents } from "../types.ts";

/**
 * What becomes of ticks that no scheduler saw. `skip`: none is made up for. `once`: the last one is. `all`: each is,
 * oldest first, up to the last 100.
 */
export type MissedPolicy = "skip" | "once" | "all";

/** A job that is enqueued by the clock. */
export interface ScheduleDefinition {
  /** 1 to 64 characters of `a-z 0-9 _ . : -`. */
  readonly name: string;
  /**
   * Five fields (minute, hour, day of month, month, day of week), or six with seconds before them; `@daily` and its kind. On the
   * two days of a year whose clock is changed, a fixed time comes once, and a wildcard or step keeps its interval.
   * @source https://croner.56k.guru/usage/pattern/
   */
  readonly cron: string;
  /** IANA name. Default: the scheduler's. */
  readonly timeZone?: string;
  /** A tick is due up to so much later, drawn anew for each, in ms, 0 to 3,600,000. Default 0. */
  readonly jitterMs?: number;
  readonly missed: MissedPolicy;
  /** Without `delayMs`, `runAt` and `uniqueKey`: the tick decides those. */
  readonly job: Pick<NewJob, "type" | "payload" | "priority" | "maxAttempts">;
}

/** Enqueues jobs by the clock of the database: one per tick, however many replicas have the same schedules. */
export interface Scheduler {
  readonly events: EventSource<ScheduleEvents>;
  /** Writes the definitions to the database, and does what is due from then on. Idempotent. */
  start(): void;
  /** A schedule is due in so many ms. */
  dueIn(delayMs: number): void;
  /**
   * Does what is due now and resolves with the names of what fired. Two callers at once fire once. Works without `start`.
   * @throws as `Sql.query`; nothing has fired then
   */
  runDue(): Promise<string[]>;
  /** Waits for a round under way and leaves no timer. Idempotent. */
  close(): Promise<void>;
}
