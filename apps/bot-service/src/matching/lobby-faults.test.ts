import { FleetError } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { SINCE, startedLobby as started, waiting } from "./lobby.test-support.ts";

const MANY = Array.from({ length: 200 }, (_, index) => waiting(`u${index}`));
const LATER = "2026-01-01T00:00:30Z";
const away = () => new FleetError("STORE_UNAVAILABLE", "the database is away", { retryable: true });
const opened = (written: readonly string[]) => written.filter((line) => line.startsWith("open"));

describe("a lobby that cannot be watched", () => {
  it("is tried again, ever less often, until it can be", async () => {
    let isFull = true;
    let tries = 0;
    const { clock, lobby, show, written, shown } = await started({
      async acquire() {
        tries += 1;
        if (isFull) throw new FleetError("POOL_CAPACITY_EXHAUSTED", "no slot is free", { retryable: true });
      },
    });
    expect(lobby.isWatched).toBe(false);
    await clock.advance(600_000);
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(12);
    expect(shown).toEqual([expect.stringContaining("the lobby is not watched")]);
    isFull = false;
    await clock.advance(400_000);
    await show(waiting("a"));
    expect(lobby.isWatched).toBe(true);
    expect(shown.slice(1)).toEqual([expect.stringContaining("the lobby is watched again")]);
    expect(opened(written)).toEqual([`open a ${SINCE}`]);
  });

  it("is watched again after its channel has failed, and takes nobody for gone before they had time to be seen", async () => {
    const { clock, lobby, show, written, channel, channels } = await started();
    await show(waiting("a"));
    const first = channel("global:lobby");
    first.status = "failed";
    first.report("failed", { errorClass: "auth", reason: "token expired" });
    await clock.advance(0);
    expect(lobby.isWatched).toBe(false);
    await clock.advance(10_000);
    expect(channels).toHaveLength(2);
    await show();
    await clock.advance(10_000);
    expect(written).not.toContain("close a left_lobby");
    await show(waiting("a", LATER));
    expect(opened(written)).toContain(`open a ${LATER}`);
  });

  it("stops while it waits for the next try", async () => {
    const { clock, lobby } = await started({ acquire: () => Promise.reject(new Error("refused")) });
    await lobby.stop();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("the outcome that the lobby reports", () => {
  it("is failing while one person's write fails each time, though those of others succeed", async () => {
    const { show, clock, database, loopStates } = await started();
    database.fault = (line) => (line.startsWith("open stuck") ? away() : undefined);
    for (let others = 1; others <= 20; others += 1) {
      await show(waiting("stuck"), waiting(`other-${others}`));
      await clock.advance(1000);
    }
    expect(loopStates()).toEqual(["lobby failing"]);
    database.fault = undefined;
    await clock.advance(5000);
    expect(loopStates()).toEqual(["lobby ok"]);
  });

  it("is well again when nobody is left whose write could fail", async () => {
    const { show, clock, database, loopStates } = await started();
    await show();
    database.fault = away;
    await show(waiting("u1"));
    await clock.advance(20_000);
    expect(loopStates()).toEqual(["lobby failing"]);
    await show();
    await clock.advance(20_000);
    expect(loopStates()).toEqual(["lobby ok"]);
  });
});

describe("a database that is away", () => {
  it("is not asked more often because more people come, nor logged once per person", async () => {
    const { show, clock, database, logged, written } = await started();
    await show();
    database.fault = away;
    database.asked = 0;
    logged.length = 0;
    for (let change = 1; change <= 50; change += 1) await show(...MANY.slice(0, 4 * change));
    // Eight at once, and no more before the backoff is over.
    expect(database.asked).toBeLessThanOrEqual(8);
    expect(logged).toHaveLength(1);
    await clock.advance(60_000);
    const rounds = logged.length;
    expect(database.asked).toBeLessThanOrEqual(8 * rounds + 8);
    database.fault = undefined;
    await clock.advance(6000);
    expect(opened(written)).toHaveLength(MANY.length);
  });

  it("leaves no timer when it comes back too late", async () => {
    const { show, clock, database, lobby } = await started();
    await show();
    database.fault = away;
    await show(...MANY);
    await lobby.stop();
    await clock.advance(60_000);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("an entry that the matchmaker refuses", () => {
  it.each([
    new FleetError("MATCH_INVALID_TICKET", "not a mark"),
    new FleetError("STORE_QUERY", "not a text", { details: { sqlstate: "22021" } }),
  ])("is written once, counted, and holds up nobody else: $code", async (refusal) => {
    const { show, clock, database, written, lobby } = await started();
    let malformed = 0;
    lobby.events.on("lobby:malformed", ({ entries }) => {
      malformed += entries;
    });
    database.fault = (line) => (line.includes("bad") && !line.startsWith("reconcile") ? refusal : undefined);
    await show(waiting("bad"), waiting("good"));
    await clock.advance(60_000);
    await show(waiting("bad"), waiting("good"), waiting("late"));
    expect(opened(written)).toEqual([`open good ${SINCE}`, `open late ${SINCE}`]);
    expect(malformed).toBe(1);
    await show();
    await clock.advance(60_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not the wait that ends when its person leaves: that is still the one before", async () => {
    const { show, clock, database, closed } = await started();
    const [mine, ahead] = ["2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z"];
    database.fault = (line) => (line.includes(ahead) ? new FleetError("MATCH_INVALID_TICKET", "ahead") : undefined);
    await show(waiting("a", mine));
    await show(waiting("a", mine), waiting("a", ahead));
    await show();
    await clock.advance(60_000);
    expect(closed).toEqual([["a", mine]]);
  });

  it("is for the database to judge, however wrong the clock of this daemon is", async () => {
    for (const hours of [-24, 24]) {
      const { show, clock, written } = await started();
      clock.jumpWallClock(hours * 3_600_000);
      await show(waiting("a"));
      expect(opened(written)).toEqual([`open a ${SINCE}`]);
    }
  });

  it("is logged once a minute, with how many there were", async () => {
    const { show, clock, database, logged } = await started();
    database.fault = (line) =>
      line.startsWith("open") ? new FleetError("MATCH_INVALID_TICKET", "not a mark") : undefined;
    const lines = () =>
      logged.flatMap((line) => (line.includes("refused for its values") ? /_count":(\d+)/.exec(line)?.[1] : []));
    await show(...MANY);
    expect(lines()).toEqual(["1"]);
    await clock.advance(59_000);
    await show(...MANY, waiting("one more"));
    expect(lines()).toEqual(["1"]);
    await clock.advance(1000);
    await show(waiting("again"));
    expect(lines()).toEqual(["1", "201"]);
  });

  it("is not mistaken for a database that refuses everybody", async () => {
    const { show, clock, database, written } = await started();
    await show();
    database.fault = () => new FleetError("STORE_ACCESS_DENIED", "wrong password");
    await show(waiting("a"));
    database.fault = undefined;
    await clock.advance(6000);
    expect(opened(written)).toEqual([`open a ${SINCE}`]);
  });
});

describe("closing what was left open", () => {
  it("keeps the ticket of somebody matched, whose mark is a newer one, and not that of somebody who idles", async () => {
    const { show, reconciled } = await started();
    await show(
      waiting("a"),
      { ...waiting("b", LATER), status: "matched", match_id: "m1" },
      { ...waiting("c", LATER), status: "idle" },
    );
    expect(reconciled).toEqual([[{ userId: "a", since: SINCE }, { userId: "b" }]]);
  });

  it("keeps the ticket of somebody who talks to one of our bots, seen in the lobby or not", async () => {
    const { show, reconciled, clock } = await started({ inRoom: "a" });
    await show(waiting("a"), waiting("b"));
    await show(waiting("b"));
    await clock.advance(6000);
    expect(reconciled.at(-1)).toEqual([{ userId: "a" }, { userId: "b", since: SINCE }]);
  });

  it("waits while people are still coming back from a gap", async () => {
    const { show, reconciled, clock, channel } = await started();
    await show(waiting("a"));
    channel("global:lobby").report("recovered", { gapMs: 1000 });
    await show();
    await clock.advance(14_000);
    await show(waiting("a"));
    await clock.advance(60_000);
    expect(reconciled).toEqual([[{ userId: "a", since: SINCE }], [{ userId: "a", since: SINCE }]]);
  });
});

describe("people", () => {
  it("are not gone because the wall clock jumps", async () => {
    const { show, written, clock } = await started();
    await show(waiting("a"), waiting("b"));
    await show(waiting("b"));
    clock.jumpWallClock(3_600_000);
    await show(waiting("b"));
    expect(written).not.toContain("close a left_lobby");
    clock.jumpWallClock(-7_200_000);
    await clock.advance(3100);
    expect(written.at(-1)).toBe("close a left_lobby");
  });

  it("are looked for in rooms only when the lobby has lost them", async () => {
    const { show, askedInRoom, clock } = await started();
    await show(...MANY);
    await show(...MANY.slice(1));
    expect(askedInRoom).toEqual([]);
    await clock.advance(4000);
    expect(new Set(askedInRoom)).toEqual(new Set(["u0"]));
  });
});
