import { silentLog } from "@shoal/kernel";
import { testDatabase, testRuntime } from "@shoal/testkit";
import { expect, it, onTestFinished } from "vitest";
import { parseConfig } from "../config.ts";
import { buildFleetConfig } from "../fleet-config.ts";
import { createAccessPart } from "./part.ts";

it("looks at policies that fit once in half a minute, and at trouble each time it is asked", async () => {
  const { database, [Symbol.asyncDispose]: dispose } = await testDatabase();
  onTestFinished(() => dispose());
  let statements = 0;
  const counted = {
    ...database,
    query: ((...asked: Parameters<typeof database.query>) => {
      statements += 1;
      return database.query(...asked);
    }) as typeof database.query,
  };
  const { clock, ...others } = testRuntime();
  const runtime = { ...others, clock, log: silentLog };
  const { config } = parseConfig({});
  const fleet = buildFleetConfig({}, { disclosure: true });
  const part = createAccessPart({ config, runtime, database: counted, fleet });
  await part.start(new AbortController().signal);
  /** How many statements half a minute of checks takes, and what the last of them says. */
  const halfMinute = async () => {
    statements = 0;
    let state = "";
    for (let checks = 0; checks < 15; checks += 1) {
      ({ state } = await part.health.read());
      await clock.advance(2000);
    }
    return { state, statements };
  };
  expect(await halfMinute()).toEqual({ state: "ok", statements: 1 });
  await database.script('drop policy "shoal user read" on realtime.messages');
  expect(await halfMinute()).toEqual({ state: "down", statements: 15 });
  await part.start(new AbortController().signal);
  expect(await halfMinute()).toEqual({ state: "ok", statements: 1 });
});
