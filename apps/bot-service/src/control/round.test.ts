import { createEmitter } from "@shoal/kernel";
import type { Database, LeaseKeeper } from "@shoal/store";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createRound } from "./round.ts";
import type { DeployedRunner, DeployedRunnerEvents } from "./runner.ts";
import type { ControlEvents } from "./types.ts";

/** A round of which only the statuses matter: nothing but their write is answered. `failures`: writes that fail first. */
function makeRound(failures = 0) {
  const told = createEmitter<DeployedRunnerEvents>();
  const written: unknown[] = [];
  let leftFailures = failures;
  const database = {
    async query(_sql: string, [, reports]: readonly unknown[]) {
      if (typeof reports !== "string") throw new Error("no other statement is answered");
      if (leftFailures > 0) {
        leftFailures -= 1;
        throw new Error("away");
      }
      written.push(...JSON.parse(reports));
      return [];
    },
  } as unknown as Database;
  const round = createRound({
    ...{
      database,
      runtime: testRuntime(),
      replicaId: "r",
      perOwnerCount: 1,
      catchUpMs: () => 1000,
      onReport: () => {},
    },
    keeper: { events: createEmitter(), release: async () => {} } as unknown as LeaseKeeper,
    runner: { events: told } as unknown as DeployedRunner,
    emitter: createEmitter<ControlEvents>(),
  });
  const tell = (status: "crashed" | "running", errorCode: string | null) =>
    told.emit("deployed:changed", { botId: "b", generation: 1, status, errorCode });
  return { tell, written, run: () => round.run().catch(() => {}) };
}

it("writes why a bot crashed also when it runs again before the status of the crash is written", async () => {
  const { tell, written, run } = makeRound();
  tell("crashed", "KIND_FAILED");
  tell("running", null);
  await run();
  expect(written).toEqual([{ botId: "b", status: "running", errorCode: "KIND_FAILED" }]);
  tell("running", null);
  await run();
  expect(written.at(-1)).toEqual({ botId: "b", status: "running", errorCode: null });
});

it("writes it also when the write of the crash failed, and the bot runs again by then", async () => {
  const { tell, written, run } = makeRound(1);
  tell("crashed", "KIND_FAILED");
  const failed = run();
  tell("running", null);
  await failed;
  await run();
  expect(written).toEqual([{ botId: "b", status: "running", errorCode: "KIND_FAILED" }]);
});
