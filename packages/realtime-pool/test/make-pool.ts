import type { Runtime } from "@shoal/kernel";
import { type SimulatedClock, testRuntime } from "@shoal/testkit";
import type { NoticeOutcome, NoticeSender } from "../src/notices.ts";
import { DEFAULT_OPTIONS, type PoolOptions } from "../src/options.ts";
import { Pool } from "../src/pool.ts";
import { FakeDriver, type FakeDriverOptions } from "./fake-driver.ts";

export interface TestPool {
  readonly pool: Pool;
  readonly driver: FakeDriver;
  readonly runtime: Runtime & { readonly clock: SimulatedClock };
  readonly clock: SimulatedClock;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
}

/** A pool on a simulated clock and a scripted driver; quota mode unless told otherwise. */
export function makePool(
  overrides: Partial<PoolOptions> = {},
  script: FakeDriverOptions & { readonly canRefresh?: boolean; readonly seed?: number } = {},
): TestPool {
  const runtime = testRuntime(script.seed ?? 1);
  const driver = new FakeDriver(script);
  const pool = new Pool({
    runtime,
    options: { ...DEFAULT_OPTIONS, start: { mode: "quota" }, ...overrides },
    driver,
    notices: silentNotices,
    canRefresh: script.canRefresh ?? false,
  });
  return { pool, driver, runtime, clock: runtime.clock, settle: () => runtime.clock.advance(0) };
}

const silentNotices: NoticeSender = {
  send: async (): Promise<NoticeOutcome> => ({ kind: "sent" }),
  close: async () => {},
};
