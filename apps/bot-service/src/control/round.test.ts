import { createEmitter } from "@shoal/kernel";
import type { Database, LeaseKeeper } from "@shoal/store";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createRound } from "./round.ts";
import type { DeployedRunner, DeployedRunnerEvents } from "./runner.ts";
import type { ControlEvents } from "./types.ts";

interface Lost {
  readonly resource: string;
  readonly reason: "expired" | "taken";
}

/** A round of which only the statuses matter: nothing but their write is answered. `failures`: writes that fail first. */
function makeRound(failures = 0) {
  const told = createEmitter<DeployedRunnerEvents>();
  const leases = createEmitter<{ "lease:lost": Lost }>();
  const written: unknown[] = [];
  const done: string[] = [];
  const runtime = testRuntime();
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
      runtime,
      replicaId: "r",
      perOwnerCount: 1,
      catchUpMs: () => 1000,
      onReport: () => {},
    },
    keeper: { events: leases, release: async () => {} } as unknown as LeaseKeeper,
    runner: {
      events: told,
      silence: (botId: string) => done.push(`silence ${botId}`) > 0 && botId !== "idle",
      drop: (botId: string) => void done.push(`drop ${botId}`),
    } as unknown as DeployedRunner,
    emitter: createEmitter<ControlEvents>(),
  });
  const tell = (status: "crashed" | "running", errorCode: string | null) =>
    told.emit("deployed:changed", { botId: "b", generation: 1, status, errorCode });
  const lose = (botId: string, reason: Lost["reason"]) =>
    leases.emit("lease:lost", { resource: `bot:${botId}`, reason });
  return {
    tell,
    written,
    done,
    lose,
    clock: runtime.clock,
    close: round.close,
    run: () => round.run().catch(() => {}),
  };
}

it("ends at once what somebody else has taken, what does not talk, and whatever there is once it closes", () => {
  const { lose, done, close, clock } = makeRound();
  lose("taken", "taken");
  lose("idle", "expired");
  lose("talks", "expired");
  expect(done).toEqual(["drop taken", "silence idle", "drop idle", "silence talks"]);
  close();
  lose("late", "expired");
  expect(done.slice(4)).toEqual(["drop talks", "drop late"]);
  expect(clock.pendingTimers).toBe(0);
});

it("ends what talks when nobody has said for half a minute who has it", async () => {
  const { lose, done, clock, run } = makeRound();
  lose("talks", "expired");
  await clock.advance(29_999);
  await run();
  expect(done).toEqual(["silence talks"]);
  await clock.advance(1);
  expect(done).toEqual(["silence talks", "drop talks"]);
});

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
