import { describe, expect, it } from "vitest";
import { defaultPayloads } from "../payload-codec.ts";
import { SINCE, startedLobby as started, waiting } from "./lobby.test-support.ts";

describe("the lobby", () => {
  it("listens under a key of its own and shows nobody", async () => {
    const { channel, lobby } = await started();
    expect(channel("global:lobby").tracked).toEqual([]);
    expect(lobby.peopleCount).toBeNull();
  });

  it("shows one entry for the fleet when bots have none of their own", async () => {
    const { channel } = await started({ showsFleet: true });
    expect(channel("global:lobby").tracked).toMatchObject([{ user_id: "shoal-r1", bot: true }]);
  });

  it("only counts people where channels are private: no presence opens, confirms or closes anything", async () => {
    const { show, written, lobby, channel, clock } = await started({ isPrivate: true });
    await show(waiting("a"), { ...waiting("b"), status: "matched", match_id: "m" }, { ...waiting("bot"), bot: true });
    expect(lobby.peopleCount).toBe(2);
    channel("global:lobby").report("recovered", { gapMs: 4000 });
    await show();
    await clock.advance(60_000);
    expect(lobby.peopleCount).toBe(0);
    expect(written).toEqual([]);
  });

  it("closes what was left open before it takes new tickets", async () => {
    const { show, written, lobby } = await started();
    await show(waiting("a"), waiting("b"), { ...waiting("bot"), bot: true });
    expect(written).toEqual(["reconcile a,b", `open a ${SINCE}`, `open b ${SINCE}`]);
    expect(lobby.peopleCount).toBe(2);
  });

  it("closes once more when the tickets that were too young the first time are old enough", async () => {
    const { show, written, clock } = await started();
    await show(waiting("a"));
    await clock.advance(6000);
    expect(written.filter((line) => line.startsWith("reconcile"))).toEqual(["reconcile a", "reconcile a"]);
    await clock.advance(60_000);
    expect(written).toHaveLength(3);
  });

  it("counts entries it cannot read and goes on with the others", async () => {
    const { show, written, lobby } = await started();
    let malformed = 0;
    lobby.events.on("lobby:malformed", ({ entries }) => {
      malformed += entries;
    });
    await show(waiting("a"), { user_id: 7 }, {}, { ...waiting("b"), since: "yesterday" });
    expect(malformed).toBe(3);
    expect(written).toContain(`open a ${SINCE}`);
  });

  it("leaves out who claims the id of a bot, counts each, and says so once", async () => {
    const { show, written, lobby, logged } = await started({ isBot: (userId) => userId.startsWith("bot") });
    let malformed = 0;
    lobby.events.on("lobby:malformed", ({ entries }) => {
      malformed += entries;
    });
    await show(waiting("a"), waiting("bot-1"));
    await show(waiting("a"), waiting("bot-2"));
    expect(malformed).toBe(2);
    expect(lobby.peopleCount).toBe(1);
    expect(written).toEqual(["reconcile a", `open a ${SINCE}`]);
    expect(logged).toEqual([expect.stringContaining("has the id of a bot")]);
  });

  it("asks again for the wait of a second device, which a live match holds back, until the first one is gone", async () => {
    const [phone, laptop] = [waiting("a", "2026-01-01T00:00:50Z"), waiting("a", SINCE)];
    const entry = (member: object, presence_ref: string) => ({ ...member, presence_ref });
    const { show, written, clock } = await started({
      outcome: (_since, shown) => (shown.some(({ since }) => since === phone.since) ? "held" : "opened"),
    });
    // Each place in the list is a presence key.
    await show({}, entry(phone, "1"));
    await show(entry(laptop, "2"), entry(phone, "1"));
    await clock.advance(6000);
    const open = `open a ${SINCE}`;
    expect(written.filter((line) => line === open)).toHaveLength(3);
    await show(entry(laptop, "2"));
    await clock.advance(2900);
    expect(written.filter((line) => line === open)).toHaveLength(3);
    await clock.advance(200);
    expect(written.filter((line) => line === open)).toHaveLength(4);
    await clock.advance(60_000);
    expect(written.at(-1)).toBe(open);
    expect(clock.pendingTimers).toBe(0);
  });

  it("gives a ticket to a person with a long name, and cuts the name between two characters", async () => {
    const { show, written } = await started();
    const member = { ...waiting("a"), name: `${"n".repeat(79)}\u{1F41F}\u{1F41F}` };
    await show(member);
    expect(written).toContain(`open a ${SINCE}`);
    expect(defaultPayloads.readMember(member)?.name).toBe(`${"n".repeat(79)}\u{1F41F}`);
    expect(defaultPayloads.readMember({ ...member, name: "half \ud800" })).toBeNull();
  });

  it("says once a minute how many entries it cannot read", async () => {
    const { show, logged, clock } = await started();
    await show({ ...waiting("a"), user_id: "u".repeat(129) }, {});
    await show({ ...waiting("a"), user_id: "u".repeat(130) });
    const lines = () => logged.filter((line) => line.startsWith("lobby entries could not be read"));
    expect(lines()).toEqual([expect.stringContaining('"dropped_count":2')]);
    await clock.advance(60_000);
    await show({ ...waiting("a"), user_id: "u".repeat(131) });
    expect(lines()[1]).toContain('"dropped_count":2');
  });

  it("writes what it saw once the database is back, and only the latest of it", async () => {
    const { show, written, database, clock } = await started();
    await show();
    database.fault = () => new Error("the database is away");
    await show(waiting("a"));
    await show(waiting("a", "2026-01-01T00:00:09Z"));
    await clock.advance(30_000);
    database.fault = undefined;
    await clock.advance(6000);
    expect(written.filter((line) => line.startsWith("open"))).toEqual(["open a 2026-01-01T00:00:09Z"]);
  });

  it("closes the ticket of somebody who left, after a moment", async () => {
    const { show, written, clock, lobby } = await started();
    await show(waiting("a"));
    await show();
    expect(lobby.peopleCount).toBe(0);
    await clock.advance(2900);
    expect(written).not.toContain("close a left_lobby");
    await clock.advance(200);
    expect(written.at(-1)).toBe("close a left_lobby");
  });

  it("does not take a gap in its own view for people leaving", async () => {
    const { show, written, clock, channel } = await started();
    await show(waiting("a"));
    channel("global:lobby").report("recovered", { gapMs: 4000 });
    await show();
    await clock.advance(10_000);
    await show(waiting("a"));
    await clock.advance(20_000);
    expect(written.filter((line) => line.startsWith("close"))).toEqual([]);
  });

  it("leaves somebody who talks to a bot alone", async () => {
    const { show, written, clock } = await started({ inRoom: "a" });
    await show(waiting("a"));
    await show();
    await clock.advance(60_000);
    expect(written.filter((line) => line.startsWith("close"))).toEqual([]);
  });

  it("leaves somebody alone who talks to a bot of another replica, whoever else shows up in that name", async () => {
    const { show, written, clock } = await started({ inRoomElsewhere: "a" });
    await show(waiting("a"), waiting("b"));
    await show(waiting("b"));
    await clock.advance(4000);
    expect(written.at(-1)).toBe("spare a left_lobby");
    await show(waiting("b"), waiting("a", "2026-01-01T00:00:50Z"));
    await clock.advance(60_000);
    const ofAnn = written.filter((line) => line.includes(" a "));
    expect(ofAnn.filter((line) => line.startsWith("close"))).toEqual([]);
  });

  describe("that a crowd enters at once", () => {
    const crowd = Array.from({ length: 1000 }, (_, at) => ({ ...waiting(`u${at}`), presence_ref: `r${at}` }));

    /** Where each look at the clock takes 1 ms, so that reading many entries takes long. */
    async function slowly(isPrivate = false) {
      const made = await started({ isPrivate });
      const { monotonicMs } = made.clock;
      let workMs = 0;
      made.clock.monotonicMs = () => {
        workMs += 1;
        return monotonicMs() + workMs;
      };
      const shown: number[] = [];
      made.lobby.events.on("lobby:changed", ({ people }) => shown.push(people));
      return { ...made, shown };
    }

    it.each([true, false])(
      "is read in slices, of what comes meanwhile only the latest, private: %s",
      async (isPrivate) => {
        const { show, lobby, shown, clock, written } = await slowly(isPrivate);
        await show(...crowd);
        expect(lobby.peopleCount).toBeNull();
        await show(...crowd.slice(0, 500));
        await show(...crowd.slice(1), waiting("late"));
        await show(...crowd, waiting("late"));
        await clock.advance(60_000);
        expect([shown, lobby.peopleCount]).toEqual([[1000, 1001], 1001]);
        const opened = isPrivate ? [] : [...crowd, waiting("late")].map(({ user_id }) => `open ${user_id} ${SINCE}`);
        expect(written.filter((line) => !line.startsWith("reconcile"))).toEqual(opened);
        await lobby.stop();
      },
    );

    it("may be left in the middle of it", async () => {
      const { show, lobby, shown, clock, written } = await slowly();
      await show(...crowd);
      await lobby.stop();
      expect(clock.pendingTimers).toBe(0);
      await show(...crowd);
      await clock.advance(60_000);
      expect([shown, written]).toEqual([[], []]);
    });

    it("may be left while their tickets are opened", async () => {
      const { show, lobby, clock, written, database } = await slowly();
      database.fault = (line) => void (line.startsWith("open") && lobby.stop());
      await show(...crowd);
      await clock.advance(60_000);
      expect(written.length).toBeLessThan(20);
      expect(clock.pendingTimers).toBe(0);
    });
  });

  it("stops without a timer or channel left", async () => {
    const { show, lobby, clock, channels } = await started();
    await show(waiting("a"));
    await show();
    await lobby.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(channels.every(({ status }) => status === "released")).toBe(true);
  });
});
