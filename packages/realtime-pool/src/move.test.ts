import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { FakeDriver, type FakeDriverOptions } from "../test/fake-driver.ts";
import { openTwoSockets } from "../test/two-sockets.ts";
import { classify, type Evidence } from "./classify.ts";
import { DEFAULT_OPTIONS } from "./options.ts";
import type { ChannelConfig, Payload } from "./types.ts";

const leaks = leakCheck();

const DROPPED = classify({ where: "close", text: "", closeCode: 1006 });
const RESTARTING: Evidence = { where: "join", text: "RealtimeRestarting" };
const WITH_ROWS: ChannelConfig = { changes: [{ event: "*", schema: "public" }] };

/** A channel that has joined on socket a; later joins wait for their answer. */
async function joinedChannel(config: ChannelConfig = {}, script: FakeDriverOptions = {}) {
  const runtime = testRuntime();
  const { clock } = runtime;
  const driver = new FakeDriver({ join: (_, index) => (index === 0 ? "ok" : "hold"), ...script });
  const sockets = await openTwoSockets(runtime, driver, DEFAULT_OPTIONS);
  const told: string[] = [];
  sockets.events.onAny((name) => told.push(name));
  const channel = sockets.channel(config);
  const heard: Payload[] = [];
  channel.onBroadcast("*", (payload) => heard.push(payload));
  leaks.clock(clock);
  leaks.count("places", () => (channel.status === "released" ? sockets.places.size : 0));
  await clock.advance(0);
  const leg = (index: number) => {
    const join = driver.joins[index];
    if (!join) throw new Error(`there are ${driver.joins.length} joins`);
    return join;
  };
  return { channel, sockets, driver, leg, heard, told, clock, settle: () => clock.advance(0) };
}

/** The same, with the second leg's join on its way. */
async function movingChannel(config: ChannelConfig = {}, entry: Payload | null = null) {
  const test = await joinedChannel(config);
  if (entry) await test.channel.track(entry);
  test.leg(0).holdsLeave = true;
  const mover = test.sockets.move(test.channel);
  if (!mover) throw new Error("the channel does not move");
  return { ...test, mover };
}

/** Time for copies to come. */
const ECHO_MS = 6000;

async function end({ channel, leg, driver, clock }: Awaited<ReturnType<typeof joinedChannel>>): Promise<void> {
  const released = channel.release();
  for (let index = 0; index < driver.joins.length; index += 1) leg(index).answerLeave();
  await released;
  await clock.advance(0);
}

describe("a channel that moves", () => {
  it("joins on the new socket, changes over, and only then leaves the old one", async () => {
    const test = await movingChannel();
    const { channel, sockets, leg, mover, clock } = test;
    const moved = sockets.events.next("channel:moved");
    await clock.advance(20);
    expect([leg(0).isLeft, sockets.places.get(channel)]).toEqual([false, "a"]);
    leg(1).accept();
    expect(await moved).toMatchObject({ topic: "room:1", fromSocketId: "a", toSocketId: "b", durationMs: 20 });
    await clock.advance(0);
    expect([leg(0).isLeft, sockets.places.get(channel), sockets.places.get(mover)]).toEqual([true, "b", "a"]);
    leg(0).answerLeave();
    await clock.advance(0);
    expect([...sockets.places.values()]).toEqual(["b"]);
    expect(test.told).not.toContain("channel:lost");
    expect(channel.status).toBe("joined");
    await end(test);
  });

  it("asks for the same on the new socket", async () => {
    const config: ChannelConfig = { ack: true, private: true, presence: { key: "me", listen: true } };
    const test = await movingChannel(config);
    expect(test.leg(1).request).toMatchObject({ topic: "room:1", config });
    await end(test);
  });

  it("hears both sockets until the old one is left, and each message once", async () => {
    const test = await movingChannel();
    const { leg, heard, settle } = test;
    const say = (n: number, ...legs: number[]) => {
      for (const index of legs) leg(index).listener.onBroadcast("message", { n });
    };
    say(1, 0);
    say(2, 1, 0);
    leg(1).accept();
    await settle();
    say(3, 0, 1);
    say(4, 1);
    leg(0).answerLeave();
    await settle();
    say(5, 1);
    expect(heard.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    await end(test);
  });

  it("still knows a copy that comes after the old leg has gone, and says the same word again later", async () => {
    const test = await movingChannel();
    const { leg, heard, clock } = test;
    leg(1).accept();
    await clock.advance(0);
    leg(0).listener.onBroadcast("typing", {});
    leg(0).answerLeave();
    await clock.advance(0);
    leg(1).listener.onBroadcast("typing", {});
    expect(heard.length).toBe(1);
    await clock.advance(ECHO_MS);
    leg(1).listener.onBroadcast("typing", {});
    expect(heard.length).toBe(2);
    await end(test);
  });

  it("does not hear its own messages on the other socket", async () => {
    const test = await movingChannel();
    const { channel, leg, heard, settle } = test;
    await channel.send("message", { from: "old" });
    leg(1).listener.onBroadcast("message", { from: "old" });
    leg(1).accept();
    await settle();
    await channel.send("message", { from: "new" });
    expect(leg(1).sent).toEqual([{ event: "message", payload: { from: "new" } }]);
    leg(0).listener.onBroadcast("message", { from: "new" });
    expect(heard).toEqual([]);
    await end(test);
  });

  it("hears a message that cannot be told from others with the socket it is on", async () => {
    const test = await movingChannel();
    const { leg, heard, settle } = test;
    const payload = JSON.parse(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`);
    const say = (...legs: number[]) => {
      for (const index of legs) leg(index).listener.onBroadcast("message", payload);
    };
    say(0, 1);
    expect(heard.length).toBe(1);
    leg(1).accept();
    await settle();
    say(0, 1);
    expect(heard.length).toBe(2);
    await end(test);
  });

  it("hears itself once when it asked to hear itself", async () => {
    const test = await movingChannel({ self: true });
    const { channel, leg, heard } = test;
    await channel.send("message", { n: 1 });
    for (const index of [0, 1]) leg(index).listener.onBroadcast("message", { n: 1 });
    expect(heard).toEqual([{ n: 1 }]);
    await end(test);
  });

  it("is present on the new socket before it leaves the old one", async () => {
    const test = await movingChannel({ presence: { key: "me", listen: false } }, { name: "Ada" });
    const { leg, settle } = test;
    leg(1).reply = "hold";
    leg(1).accept();
    await settle();
    expect([leg(1).presenceCalls, leg(0).isLeft]).toEqual([[{ name: "Ada" }], false]);
    leg(1).answer({ kind: "ok" });
    await settle();
    expect(leg(0).isLeft).toBe(true);
    await end(test);
  });

  it("says on the new socket what was asked for while it moved", async () => {
    const test = await movingChannel({ presence: { key: "me", listen: false } }, { name: "Ada" });
    const { channel, leg, settle } = test;
    leg(1).reply = "hold";
    leg(1).accept();
    await settle();
    await channel.track({ name: "Grace" });
    leg(1).answer({ kind: "ok" });
    leg(1).reply = { kind: "ok" };
    await settle();
    expect(leg(1).presenceCalls).toEqual([{ name: "Ada" }, { name: "Grace" }]);
    await end(test);
  });

  it("sees who is there with the socket it is on", async () => {
    const test = await movingChannel({ presence: { key: "me", listen: true } });
    const { channel, leg, settle } = test;
    const seen: string[][] = [];
    channel.onPresence((state) => seen.push(Object.keys(state)));
    leg(1).listener.onPresence({ fresh: [] });
    leg(0).listener.onPresence({ old: [] });
    expect(seen).toEqual([["old"]]);
    leg(1).accept();
    await settle();
    leg(0).listener.onPresence({ late: [] });
    leg(1).listener.onPresence({ fresh: [], late: [] });
    expect(seen).toEqual([["old"], ["fresh"], ["fresh", "late"]]);
    await end(test);
  });

  it("waits for the stream of rows on the new socket, and hears each row once", async () => {
    const test = await movingChannel(WITH_ROWS);
    const { channel, leg, settle } = test;
    const rows: unknown[] = [];
    channel.onChange(({ record }) => rows.push(record["id"]));
    const say = (id: number, ...legs: number[]) => {
      const row = { type: "INSERT", schema: "public", table: "t", commitTimestamp: "", oldRecord: {} } as const;
      for (const index of legs) leg(index).listener.onChange({ ...row, record: { id } });
    };
    leg(1).accept();
    await settle();
    say(1, 0);
    expect(leg(0).isLeft).toBe(false);
    leg(1).listener.onChangesReady();
    await settle();
    expect(leg(0).isLeft).toBe(true);
    say(2, 0, 1);
    leg(0).answerLeave();
    await settle();
    say(3, 1);
    expect(rows).toEqual([1, 2, 3]);
    await end(test);
  });

  it("waits for its receipts before it leaves", async () => {
    const test = await movingChannel({ ack: true });
    const { channel, leg, settle } = test;
    leg(0).reply = "hold";
    const sent = channel.send("message", { n: 1 });
    leg(1).accept();
    await settle();
    expect(leg(0).isLeft).toBe(false);
    leg(0).answer({ kind: "ok" });
    await sent;
    await settle();
    expect(leg(0).isLeft).toBe(true);
    await end(test);
  });

  it("can move again, back to where it was, once it is done", async () => {
    const test = await movingChannel();
    const { channel, sockets, leg, clock } = test;
    leg(1).accept();
    await clock.advance(0);
    expect(sockets.move(channel)).toBe(null);
    leg(0).answerLeave();
    await clock.advance(ECHO_MS);
    expect(sockets.move(channel)).not.toBe(null);
    leg(2).accept();
    await clock.advance(0);
    expect(sockets.places.get(channel)).toBe("a");
    await end(test);
  });

  it("does not move before it has joined, and can when the mover was never given a place", async () => {
    const test = await joinedChannel({}, { join: () => "hold" });
    const { channel, leg, settle } = test;
    expect(channel.mover()).toBe(null);
    leg(0).accept();
    await settle();
    const mover = channel.mover();
    expect(mover).not.toBe(null);
    expect(channel.mover()).toBe(mover);
    await end(test);
  });
});

describe("a move that does not succeed", () => {
  /** Nothing was lost and nothing is stuck: the old leg works on and the channel can move again. */
  async function expectUnmoved(test: Awaited<ReturnType<typeof movingChannel>>): Promise<void> {
    const { channel, sockets, leg, heard, told, clock } = test;
    await clock.advance(ECHO_MS);
    expect([...sockets.places]).toEqual([[channel, "a"]]);
    expect(told.filter((name) => name !== "message:received")).toEqual(["channel:joining", "channel:joined"]);
    leg(0).listener.onBroadcast("message", { n: "still here" });
    expect(heard).toEqual([{ n: "still here" }]);
    expect(sockets.move(channel)).not.toBe(null);
    await end(test);
  }

  it("because it is refused leaves the channel where it is, and the refusal is taken note of", async () => {
    const test = await movingChannel();
    test.leg(1).end(RESTARTING);
    expect(test.sockets.heeded.map(({ errorClass }) => errorClass)).toEqual(["server"]);
    await expectUnmoved(test);
  });

  it("because the new socket went leaves the channel where it is", async () => {
    const test = await movingChannel();
    test.leg(1).abandon();
    test.sockets.lose("b", DROPPED);
    await expectUnmoved(test);
  });

  it.each<[string, Payload | null, ChannelConfig, (test: Awaited<ReturnType<typeof movingChannel>>) => unknown]>([
    ["presence is refused there", { name: "Ada" }, {}, ({ leg }) => leg(1).answer({ kind: "refused", text: "no" })],
    ["presence is not answered there", { name: "Ada" }, {}, ({ leg }) => leg(1).answer({ kind: "timeout" })],
    ["rows do not come there", null, WITH_ROWS, ({ leg }) => leg(1).listener.onChangesFailed(RESTARTING)],
    ["rows take too long to come", null, WITH_ROWS, ({ clock }) => clock.advance(30_000)],
  ])("because %s leaves the new socket again", async (_, entry, config, fail) => {
    const test = await movingChannel(config, entry);
    test.leg(1).reply = "hold";
    test.leg(1).accept();
    await test.settle();
    await fail(test);
    await test.settle();
    expect([test.leg(1).isLeft, test.leg(0).isLeft]).toEqual([true, false]);
    await expectUnmoved(test);
  });
});

describe("a channel that loses its socket while it moves", () => {
  const gone = (test: Awaited<ReturnType<typeof movingChannel>>) => {
    test.leg(0).abandon();
    test.sockets.lose("a", DROPPED);
  };

  it("takes the join that is on its way for its rejoin", async () => {
    const test = await movingChannel();
    const { channel, sockets, leg, told, clock } = test;
    gone(test);
    expect([channel.status, [...sockets.places]]).toEqual(["joining", [[channel, "b"]]]);
    const recovered = channel.events.next("recovered");
    await clock.advance(30);
    leg(1).accept();
    expect(await recovered).toEqual({ gapMs: 30 });
    expect(told.slice(2)).toEqual(["channel:lost", "channel:joined", "channel:recovered"]);
    expect(test.driver.joins.length).toBe(2);
    await clock.advance(60_000);
    expect([channel.status, test.driver.joins.length]).toEqual(["joined", 2]);
    await end(test);
  });

  it("goes on with the new leg when that has joined already, and is present there", async () => {
    const test = await movingChannel({ presence: { key: "me", listen: false } }, { name: "Ada" });
    const { channel, leg, clock } = test;
    leg(1).reply = "hold";
    leg(1).accept();
    await clock.advance(0);
    const recovered = channel.events.next("recovered");
    gone(test);
    expect([channel.status, await recovered]).toEqual(["joined", { gapMs: 0 }]);
    leg(1).reply = { kind: "ok" };
    leg(1).answer({ kind: "ok" });
    await clock.advance(0);
    expect(leg(1).presenceCalls.at(-1)).toEqual({ name: "Ada" });
    await clock.advance(60_000);
    await end(test);
  });

  it("rejoins like any other when that join is refused", async () => {
    const test = await movingChannel();
    const { channel, driver, leg, clock } = test;
    gone(test);
    const recovered = channel.events.next("recovered");
    driver.options = {};
    leg(1).end(RESTARTING);
    expect(channel.status).toBe("waiting");
    await clock.advance(10_000);
    await recovered;
    expect([channel.status, driver.joins.length]).toEqual(["joined", 3]);
    await end(test);
  });

  it("knows the copies of what the old leg has brought", async () => {
    const test = await movingChannel();
    const { leg, heard } = test;
    leg(0).listener.onBroadcast("message", { n: 1 });
    gone(test);
    leg(1).accept();
    leg(1).listener.onBroadcast("message", { n: 1 });
    leg(1).listener.onBroadcast("message", { n: 2 });
    expect(heard).toEqual([{ n: 1 }, { n: 2 }]);
    await end(test);
  });

  it("drops the mover that had no turn yet, and rejoins", async () => {
    const test = await joinedChannel();
    const { channel, driver, sockets, clock } = test;
    const mover = channel.mover();
    driver.options = {};
    sockets.lose("a", DROPPED);
    mover?.turn();
    await clock.advance(1000);
    expect([channel.status, driver.joins.length]).toEqual(["joined", 2]);
    await end(test);
  });

  it("rejoins elsewhere when it is the new leg that goes while the old one is being left", async () => {
    const test = await movingChannel();
    const { channel, driver, leg, sockets, clock } = test;
    leg(1).accept();
    await clock.advance(0);
    driver.options = {};
    leg(1).abandon();
    sockets.lose("b", DROPPED);
    expect(channel.status).toBe("waiting");
    leg(0).answerLeave();
    await clock.advance(1000);
    expect([channel.status, sockets.places.size, driver.joins.length]).toEqual(["joined", 1, 3]);
    await end(test);
  });
});

describe("a channel released while it moves", () => {
  type Test = Awaited<ReturnType<typeof movingChannel>>;
  const accepted = async (test: Test) => {
    test.leg(1).reply = "hold";
    test.leg(1).accept();
    await test.settle();
  };

  it.each<[string, Payload | null, (test: Test) => unknown]>([
    ["the join is on its way", null, () => {}],
    ["the new leg is not present yet", { name: "Ada" }, accepted],
    ["the old leg is being left", null, accepted],
  ])("when %s leaves both legs, and keeps both slots until that is answered", async (_, entry, prepare) => {
    const test = await movingChannel({}, entry);
    const { channel, sockets, leg, settle, told } = test;
    test.leg(1).holdsLeave = true;
    await prepare(test);
    let isReleased = false;
    const released = channel.release().then(() => {
      isReleased = true;
    });
    await settle();
    expect([leg(0).isLeft, leg(1).isLeft, sockets.places.size, isReleased]).toEqual([true, true, 2, false]);
    leg(0).answerLeave();
    leg(1).answerLeave();
    await released;
    await settle();
    expect(sockets.places.size).toBe(0);
    expect(told.at(-1)).toBe("channel:released");
  });

  it("by a listener, on hearing of the move, leaves both legs too", async () => {
    const test = await movingChannel();
    const { channel, sockets, leg, settle } = test;
    sockets.events.on("channel:moved", () => void channel.release());
    leg(1).accept();
    await settle();
    expect([leg(0).isLeft, leg(1).isLeft]).toEqual([true, true]);
    await end(test);
  });
});

describe("the channels of a pool", () => {
  it("are counted by state, whatever happens to them", async () => {
    const test = await movingChannel();
    const { sockets, leg, clock } = test;
    expect(sockets.counts).toMatchObject({ waiting: 0, joined: 1 });
    leg(0).abandon();
    sockets.lose("a", DROPPED);
    expect(sockets.counts).toMatchObject({ joining: 1, joined: 0 });
    leg(1).accept();
    await clock.advance(0);
    await end(test);
    expect(sockets.counts).toEqual({ waiting: 0, joining: 0, joined: 0, failed: 0, released: 1 });
  });
});
