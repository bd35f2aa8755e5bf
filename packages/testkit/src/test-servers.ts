import { inject } from "vitest";

/** The servers a test run has at hand. Undefined: not on this machine; what needs it is skipped, which the run prints. */
export interface TestServers {
  readonly embedded: string;
  readonly server: string | undefined;
  readonly redis: string | undefined;
  readonly prometheus: PrometheusPrograms | undefined;
}

/** Paths of programs: a test starts its own. */
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

/** The Postgres backends of this run: for `describe.each`. */
export function backends(): Backend[] {
  return inject("servers").server ? ["embedded", "server"] : ["embedded"];
}

/** All servers of this run. */
export function testServers(): TestServers {
  return inject("servers");
}

/** On every server of a run: like a new Supabase project, without our migrations. */
export const BASE_DATABASE = "shoal_base";
