import type { Runtime } from "@shoal/kernel";
import { leakCheck, type SimulatedClock, testRuntime } from "@shoal/testkit";
import { afterEach } from "vitest";
import type { JoinAllowance } from "../src/join-allowance.ts";
import type { NoticeOutcome, NoticeSender } from "../src/notices.ts";
import { DEFAULT_OPTIONS, type PoolOptions } from "../src/options.ts";
import { Pool } from "../src/pool.ts";
import type { AskUpgrade } from "../src/upgrade-diagnosis.ts";
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
  script: FakeDriverOptions & {
    readonly canRefresh?: boolean;
    readonly seed?: number;
    readonly notices?: NoticeSender;
    readonly askUpgrade?: AskUpgrade;
    readonly joinAllowance?: JoinAllowance;
  } = {},
): TestPool {
  const runtime = testRuntime(script.seed ?? 1);
  const driver = new FakeDriver(script);
  const pool = new Pool({
    runtime,
    options: { ...DEFAULT_OPTIONS, start: { mode: "quota" }, ...overrides },
    driver,
    notices: script.notices ?? silentNotices,
    canRefresh: script.canRefresh ?? false,
    askUpgrade: script.askUpgrade,
    joinAllowance: script.joinAllowance,
  });
  return { pool, driver, runtime, clock: runtime.clock, settle: () => runtime.clock.advance(0) };
}

/** `makePool` for a file of tests: each pool is destroyed after its test, which fails if a timer, slot or socket is left. */
export function poolsWithoutLeaks(): typeof makePool {
  const leaks = leakCheck();
  const opened: TestPool[] = [];
  afterEach(async () => {
    for (const { pool } of opened.splice(0)) {
      pool.destroy(new Error("the test is over"));
      await pool.close();
    }
  });
  return (...args) => {
    const made = makePool(...args);
    opened.push(made);
    leaks.clock(made.clock);
    leaks.count("slots", () => made.pool.getStats().slots.held);
    leaks.count("sockets", () => made.driver.sockets.filter((socket) => !socket.isOver).length);
    return made;
  };
}

export const silentNotices: NoticeSender = {
  send: async (): Promise<NoticeOutcome> => ({ kind: "sent" }),
  probe: async () => ({ isOver: null, limitPerSecond: null }),
  close: async () => {},
};
