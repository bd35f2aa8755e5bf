import { inject } from "vitest";
import { soakRuns } from "./soak-runs.ts";

/** The servers of a test run. Undefined: not on this machine, so that the tests that need it are skipped, which the run prints. */
export interface TestServers {
  readonly embedded: string;
  readonly server: string | undefined;
  readonly redis: string | undefined;
  readonly prometheus: PrometheusPrograms | undefined;
  /** Path of a pooler that a test starts for itself. */
  readonly pgbouncer: string | undefined;
  /** Path of a browser that a test starts for itself. */
  readonly chromium: string | undefined;
  /** Path of Helm, beside which are the schemas of Kubernetes: deploy/kubernetes/tools. */
  readonly helm: string | undefined;
}

/** Paths of programs that a test starts for itself. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    servers: TestServers;
  }
}

/** `embedded`: Postgres 18 from npm. `server`: the one in DATABASE_URL or of the system. */
export type Backend = "embedded" | "server";

/** Returns the Postgres backends of this run, for `describe.each`. */
export function backends(): Backend[] {
  return inject("servers").server ? ["embedded", "server"] : ["embedded"];
}

/**
 * Returns one of the backends, and all of them in a soak: for what takes long and does not depend on the version, because tests of its
 * statements run on each.
 */
export function usualBackends(): Backend[] {
  return backends().slice(-soakRuns(1, Number.POSITIVE_INFINITY));
}

/** Returns all servers of this run. */
export function testServers(): TestServers {
  return inject("servers");
}

/** A database on every Postgres of a run, like that of a new Supabase project: without our migrations. */
export const BASE_DATABASE = "shoal_base";
