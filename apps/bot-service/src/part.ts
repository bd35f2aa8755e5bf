import type { Unsubscribe } from "@shoal/kernel";
import type { DependencyReport, Metrics } from "@shoal/monitor";
import type { Route } from "./http/route.ts";
import type { DrainReport } from "./service.types.ts";

/** Ids of jobs and messages that others have to do. */
export type HandedBack = DrainReport["handedBack"];

/** What a part reports of something it depends on, for `/readyz`. */
export interface PartHealth {
  /** As `/readyz` names it. */
  readonly dependency: string;
  /** Whether the daemon is not ready while it is down. */
  readonly isRequired: boolean;
  /** Asked every 2 s. */
  read(): CheckedReport | Promise<CheckedReport>;
}

/** `isExpected`: not well, and as it should be at the moment, so that the log keeps quiet of it. Default false. */
type CheckedReport = DependencyReport & { readonly isExpected?: boolean };

/**
 * One component of the daemon. `service.ts` lists the parts: each may use those before it. They start in that order, drain
 * side by side and close in the reverse order.
 */
export interface Part {
  /** As logs and the drain's report name it. */
  readonly name: string;
  /** Whether `start` waits until the migrations are applied. */
  readonly needsSchema?: boolean;
  /** Begins its work. `signal` aborts when the daemon drains. A rejection ends the start of the daemon. */
  start?(signal: AbortSignal): void | Promise<void>;
  /** Takes no new work, and ends or hands back what runs within `limitMs`. Called also when it never started. */
  drain?(limitMs: number): Promise<HandedBack | undefined> | Promise<void>;
  /** Frees what it holds, within `limitMs`; all parts after it are closed by then. Called also when it never started. */
  close?(limitMs: number): Promise<void>;
  /** What it holds after its `close`: 0 after a clean one. */
  left?(): Partial<DrainReport["left"]> | Promise<Partial<DrainReport["left"]>>;
  readonly health?: PartHealth;
  /** Begins to show its events as metrics and log lines; before any part starts. */
  observe?(metrics: Metrics): Unsubscribe[];
  /** The part's share of the HTTP API. */
  routes?(): Route[];
}
