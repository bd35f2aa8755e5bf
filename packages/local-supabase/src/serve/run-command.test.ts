import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { startRealtimeServer } from "../realtime/server.ts";
import { createCommandRunner } from "./run-command.ts";

async function start() {
  const server = await startRealtimeServer({ runtime: testRuntime(), jwtSecret: "x".repeat(40) });
  const run = createCommandRunner(server);
  return {
    server,
    ask: (command: unknown) => run(typeof command === "string" ? command : JSON.stringify(command)),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

describe("a line from the parent", () => {
  it.each([
    ["no JSON", "{", null],
    ["no object", "1", null],
    ["no id", { stats: true }, null],
    ["an id that is none", { id: "1", stats: true }, null],
    ["nothing to do", { id: 1 }, 1],
    ["two things to do", { id: 1, stats: true, lift: 0 }, 1],
    ["a fault nobody knows", { id: 2, fault: "explode", args: [] }, 2],
    ["a fault without what it needs", { id: 2, fault: "restart" }, 2],
    ["an argument too many", { id: 3, fault: "halfOpen", args: [1] }, 3],
    ["an argument too few", { id: 3, fault: "closeChannel", args: ["room"] }, 3],
    ["a status that refuses nothing", { id: 4, fault: "refuseUpgrades", args: [{ status: 200, reason: "" }] }, 4],
    ["a range upside down", { id: 4, fault: "delayChanges", args: [{ minMs: 2, maxMs: 1 }] }, 4],
    ["a close code that is none", { id: 4, fault: "dropSockets", args: [999] }, 4],
    ["a field nobody knows", { id: 5, fault: "restart", args: [{ kind: "crash", downMs: 0, upMs: 0 }] }, 5],
    [
      "a pattern that is none",
      { id: 6, fault: "refuseJoins", args: [{ reason: "no", topic: { source: "(", flags: "" } }] },
      6,
    ],
    ["a limit of a plan nobody sells", { id: 6, limits: { plan: "gold" } }, 6],
    ["a fault to lift that never began", { id: 7, lift: 0 }, 7],
    ["a plan nobody sells", { id: 8, limits: "gold" }, 8],
  ])("with %s is answered with an error and does nothing", async (_case, command, id) => {
    await using test = await start();
    let faultCount = 0;
    test.server.events.on("fault:started", () => {
      faultCount += 1;
    });
    const answer = await test.ask(command);
    expect(answer).toMatchObject({ id, ok: false, error: { code: "LOCAL_SERVE_COMMAND" } });
    expect(faultCount).toBe(0);
  });

  it("starts faults that last and lifts each by its number, as often as it is asked", async () => {
    await using test = await start();
    const active: string[] = [];
    test.server.events.on("fault:started", ({ kind }) => active.push(kind));
    test.server.events.on("fault:ended", ({ kind }) => active.splice(active.indexOf(kind), 1));
    expect(await test.ask({ id: 1, fault: "halfOpen", args: [] })).toEqual({ id: 1, ok: true, result: { lift: 0 } });
    expect(await test.ask({ id: 2, fault: "delay", args: [5] })).toEqual({ id: 2, ok: true, result: { lift: 1 } });
    expect(await test.ask({ id: 3, lift: 0 })).toEqual({ id: 3, ok: true });
    expect(await test.ask({ id: 4, lift: 0 })).toEqual({ id: 4, ok: true });
    expect(active).toEqual(["delay"]);
  });

  it("is done in the order in which lines came", async () => {
    await using test = await start();
    const answers = [test.ask({ id: 1, fault: "halfOpen", args: [] }), test.ask({ id: 2, lift: 0 })];
    expect(await Promise.all(answers)).toEqual([
      { id: 1, ok: true, result: { lift: 0 } },
      { id: 2, ok: true },
    ]);
  });

  it("hears which faults there are when it names another", async () => {
    await using test = await start();
    const message = expect.stringContaining('"dropSockets"|"restart"');
    expect(await test.ask({ id: 1, fault: "explode", args: [] })).toMatchObject({ error: { message } });
  });

  it("reads null as no limit, and leaves it to the server which limits make sense", async () => {
    await using test = await start();
    expect(await test.ask({ id: 1, limits: { plan: "free", joinsPerSecond: null } })).toEqual({ id: 1, ok: true });
    expect(await test.ask({ id: 2, limits: { joinsPerSecond: -1 } })).toMatchObject({
      ok: false,
      error: { code: "LOCAL_REALTIME_LIMITS" },
    });
  });
});
