import { FleetError, HOUR_MS, silentLog } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { untilReachable } from "./until-reachable.ts";

it("says once that the database is away, however often it is tried, and once that it is reached", async () => {
  const base = testRuntime();
  const lines: string[] = [];
  const keep = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`);
  const runtime = { ...base, log: { ...silentLog, warn: keep("warn"), info: keep("info") } };
  let tries = 0;
  let isAway = true;
  const work = async () => {
    tries += 1;
    if (isAway) throw new FleetError("STORE_UNAVAILABLE", "away", { retryable: true });
    return "done";
  };
  const options = { runtime, signal: new AbortController().signal, message: "nothing is done" };
  const done = untilReachable(work, options);
  await base.clock.advance(HOUR_MS);
  expect(tries).toBeGreaterThan(100);
  expect(lines).toEqual(["warn nothing is done"]);
  isAway = false;
  await base.clock.advance(HOUR_MS);
  expect(await done).toBe("done");
  expect(lines.slice(1)).toEqual([expect.stringContaining("info the database is reached")]);
  await untilReachable(work, options);
  expect(lines).toHaveLength(2);
});
