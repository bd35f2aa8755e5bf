import { FleetError } from "@shoal/kernel";
import { createHealth } from "@shoal/monitor";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { DurableMatchWriter } from "./match-writer.ts";

const AWAY = new FleetError("STORE_UNAVAILABLE", "the database is away", { retryable: true });

const REFUSED = new FleetError("STORE_QUERY", "not a text", { details: { sqlstate: "22021" } });

function makeWriter() {
  const runtime = testRuntime();
  const database: { fault?: Error | undefined; faultOf: string; refuses?: string; asked: string[] } = {
    faultOf: "",
    asked: [],
  };
  const ask = async (line: string) => {
    database.asked.push(line);
    if (database.fault && line.includes(database.faultOf)) throw database.fault;
    if (line === database.refuses) throw REFUSED;
  };
  const matchmaker = {
    confirm: (matchId: string, id: string) => ask(`confirm ${matchId} ${id}`).then(() => true),
    confirmInRoom: (matchId: string, id: string) => ask(`see ${matchId} ${id}`).then(() => true),
    endMatch: (matchId: string, reason: string, leaver?: string) => ask(`end ${matchId} ${reason} ${leaver}`),
  };
  const health = createHealth({ clock: runtime.clock });
  // Only the outcomes are checked: its timer would be taken for one of the writer.
  health.close();
  const writer = new DurableMatchWriter(matchmaker, runtime, health.reportLoop);
  const loopStates = () => health.readiness().loops.map(({ name, state }) => `${name} ${state}`);
  return { writer, database, clock: runtime.clock, loopStates };
}

describe("the match writer", () => {
  it("writes until the database has it", async () => {
    const { writer, database, clock } = makeWriter();
    database.fault = AWAY;
    writer.confirm("m1", "u1");
    writer.end("m2", "partner_left", "u2");
    await clock.advance(60_000);
    database.fault = undefined;
    await clock.advance(5000);
    expect(database.asked.slice(-2).toSorted()).toEqual(["confirm m1 u1", "end m2 partner_left u2"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("reports that it fails while one write does, though others succeed, and that it works once that is in or given up", async () => {
    for (const end of [undefined, REFUSED]) {
      const { writer, database, clock, loopStates } = makeWriter();
      Object.assign(database, { fault: AWAY, faultOf: "stuck" });
      writer.end("stuck", "idle");
      for (let others = 0; others < 20; others += 1) {
        writer.end(`m${others}`, "idle");
        await clock.advance(1000);
      }
      expect(loopStates()).toEqual(["matches failing"]);
      database.fault = end;
      await clock.advance(5000);
      expect(loopStates()).toEqual(["matches ok"]);
    }
  });

  it("begins one write of a kind for any number of equal calls", async () => {
    const { writer, database, clock } = makeWriter();
    database.fault = AWAY;
    for (let again = 0; again < 100; again += 1) writer.confirm("m1", "u1");
    await clock.advance(0);
    expect(database.asked).toHaveLength(1);
    expect(clock.pendingTimers).toBe(1);
  });

  it.each([
    ["an error that nothing is known of", new TypeError("undefined is not an object")],
    ["a right that is taken away", new FleetError("STORE_ACCESS_DENIED", "permission denied")],
    ["a function that is missing", new FleetError("STORE_QUERY", "none", { details: { sqlstate: "42883" } })],
    ["a full disk", new FleetError("STORE_UNAVAILABLE", "SQLSTATE 53100", { retryable: true })],
    ["a time limit", new FleetError("STORE_QUERY", "SQLSTATE 57014", { retryable: true })],
  ])("goes on after %s, and reports it", async (_what, fault) => {
    const { writer, database, clock, loopStates } = makeWriter();
    database.fault = fault;
    writer.end("m1", "idle");
    await clock.advance(60_000);
    expect(loopStates()).toEqual(["matches failing"]);
    database.fault = undefined;
    await clock.advance(5000);
    expect(database.asked.length).toBeGreaterThan(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends a match, and so frees its bot, where the database refuses the reason", async () => {
    const { writer, database, clock } = makeWriter();
    database.refuses = "end m1 b\0ye u1";
    writer.end("m1", "b\0ye", "u1");
    await clock.advance(0);
    expect(database.asked).toEqual(["end m1 b\0ye u1", "end m1 unknown u1"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("gives up a write whose values are refused", async () => {
    const { writer, database, clock, loopStates } = makeWriter();
    database.fault = REFUSED;
    writer.confirm("m1", "u\0");
    await clock.advance(60_000);
    expect([database.asked.length, loopStates()]).toEqual([1, ["matches ok"]]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("tries once more when the daemon drains, then leaves it to the lease", async () => {
    const { writer, database, clock } = makeWriter();
    database.fault = AWAY;
    writer.end("m1", "drain");
    await clock.advance(0);
    await writer.drain();
    expect(database.asked).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });
});
