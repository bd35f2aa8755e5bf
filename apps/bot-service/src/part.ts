import type { Unsubscribe } from "@shoal/kernel";
import type { DependencyReport, Metrics } from "@shoal/monitor";
import type { Route } from "./http/route.ts";
import type { ReplicaRole } from "./replicas/members.ts";
import type { DrainReport } from "./service.types.ts";

/** Ids of jobs, messages and strategies that were handed back for others to do. */
export type HandedBack = Partial<DrainReport["handedBack"]>;

/** Checks one dependency of a part, for `/readyz`. */
export interface PartHealth {
  /** Name of the dependency in `/readyz`. */
  readonly dependency: string;
  /** Whether the daemon is not ready while the dependency is down. */
  readonly isRequired: boolean;
  /** Called every 2 s. */
  read(): CheckedReport | Promise<CheckedReport>;
}

/** `isExpected`: the dependency is not well, but as it should be at the moment, so this is not logged. Default false. */
type CheckedReport = DependencyReport & { readonly isExpected?: boolean };

/**
 * One component of the daemon. `service.ts` lists the parts: each may use those before it. They start in that order, drain
 * side by side and close in the reverse order.
 */
export interface Part {
  /** Name of the part in logs and in the drain's report. */
  readonly name: string;
  /**
   * The role that the part is of: a daemon of the other one does not start it, nor checks its dependencies. Its routes stay. Default: both.
   */
  readonly role?: Exclude<ReplicaRole, "all">;
  /** Whether `start` waits until the migrations are applied. */
  readonly needsSchema?: boolean;
  /** Starts the part's work. `signal` aborts when the daemon drains. A rejection ends the start of the daemon. */
  start?(signal: AbortSignal): void | Promise<void>;
  /** Takes no new work, and ends or hands back running work within `limitMs`. Called also if the part never started. */
  drain?(limitMs: number): Promise<HandedBack | undefined> | Promise<void>;
  /** Frees what the part holds, within `limitMs`; all parts after it are closed by then. Called also if it never started. */
  close?(limitMs: number): Promise<void>;
  /** Time that is kept for `close`, in ms, however long the parts after it take. Default 0. */
  readonly leastCloseMs?: number;
  /** Counts what the part still holds after its `close`: 0 after a clean one. */
  left?(): Partial<DrainReport["left"]> | Promise<Partial<DrainReport["left"]>>;
  readonly health?: PartHealth | readonly PartHealth[];
  /** Connects the part's events to metrics and log lines; called before any part starts. */
  observe?(metrics: Metrics): Unsubscribe[];
  /** Returns the part's routes of the HTTP API. */
  routes?(): Route[];
}
