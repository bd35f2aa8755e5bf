import { leakCheck } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { heartbeat, open, refusedJoin, type SimulatedServer, sayInVain } from "./support/fault-talk.ts";
import { startTestServer } from "./support/test-server.ts";

const leaks = leakCheck();

async function start(): Promise<SimulatedServer> {
  const test = await startTestServer();
  leaks.clock(test.clock);
  return test;
}

describe("a half-open server", () => {
  it("opens sockets and neither answers nor delivers, and what was said meanwhile is lost", async () => {
    await using test = await start();
    const listening = await open(test);
    await listening.join("room");
    const lift = test.server.faults.halfOpen();
    const response = await fetch(`${test.server.url}/realtime/v1/api/broadcast`, {
      method: "POST",
      body: JSON.stringify({ messages: [{ topic: "room", event: "e", payload: {} }] }),
      headers: { authorization: `Bearer ${test.keys.anon}`, "content-type": "application/json" },
    });
    expect(response.status).toBe(202);
    await sayInVain(test, await open(test));
    expect(test.server.stats()).toMatchObject({ sockets: 1, channels: 1, socketsOpened: 2, joinsAccepted: 1 });
    lift();
    expect(await listening.rest()).toEqual([]);
    expect(await listening.join("again", {}, "2")).toMatchObject(["2", "2", "realtime:again", "phx_reply", {}]);
  });

  it("keeps even its own close frame to itself, but can be dropped", async () => {
    await using test = await start();
    const client = await open(test);
    await client.join("room");
    test.server.faults.halfOpen();
    let isClosed = false;
    void client.closed.then(() => {
      isClosed = true;
    });
    test.server.faults.requestDisconnect();
    expect(test.server.stats()).toMatchObject({ sockets: 0, channels: 0 });
    await sayInVain(test, await open(test));
    expect(isClosed).toBe(false);
    expect(test.server.faults.dropSockets()).toBe(1);
    expect(await client.closed).toBe(1006);
  });

  it("is done with a socket that it has not heard for a minute, which breaks off at its next word", async () => {
    await using test = await start();
    const client = await open(test);
    await client.join("room");
    const lift = test.server.faults.halfOpen();
    const closed = test.server.events.next("socket:closed");
    for (let second = 0; second < 61; second += 1) {
      client.sendJson(heartbeat("unheard"));
      await test.clock.advance(1000);
    }
    expect(await closed).toMatchObject({ code: 1000 });
    expect(test.server.stats()).toMatchObject({ sockets: 0, channels: 0, topics: 0 });
    lift();
    client.sendJson(heartbeat("2"));
    expect(await client.closed).toBe(1006);
  });

  it("lasts as long as one of several asked for it", async () => {
    await using test = await start();
    const lifts = [test.server.faults.halfOpen(), test.server.faults.halfOpen()];
    lifts[0]?.();
    lifts[0]?.();
    await sayInVain(test, await open(test));
    expect(test.server.stats().joinsAccepted).toBe(0);
    lifts[1]?.();
    await (await open(test)).join("room");
    expect(test.server.stats().joinsAccepted).toBe(1);
  });
});

describe("a slow network", () => {
  it("is late with every frame, in order, and stays in order when it is lifted", async () => {
    await using test = await start();
    const client = await open(test);
    const lift = test.server.faults.delay(300);
    const accepted = test.server.events.next("join:accepted");
    client.sendJson(["1", "1", "realtime:room", "phx_join", { config: { broadcast: { ack: true } } }]);
    await accepted;
    await test.clock.advance(200);
    lift();
    const received = test.server.events.next("broadcast:received");
    client.sendJson(["1", "2", "realtime:room", "broadcast", { type: "broadcast", event: "m", payload: {} }]);
    await received;
    const other = await open(test);
    expect(await other.rest()).toEqual([]);
    await test.clock.advance(99);
    let isAnswered = false;
    const first = client.nextJson().finally(() => {
      isAnswered = true;
    });
    expect(await other.rest()).toEqual([]);
    expect(isAnswered).toBe(false);
    await test.clock.advance(1);
    expect(await first).toMatchObject(["1", "1", "realtime:room", "phx_reply", { status: "ok" }]);
    expect(await client.nextJson()).toMatchObject(["1", "2", "realtime:room", "phx_reply", { status: "ok" }]);
    expect(await client.rest()).toEqual([]);
  });

  it("adds up with another one, and carries the close frame behind the last message", async () => {
    await using test = await start();
    const client = await open(test);
    await client.join("room");
    test.server.faults.delay(100);
    test.server.faults.delay(50);
    test.server.faults.requestDisconnect();
    expect(test.server.stats().sockets).toBe(0);
    await test.clock.advance(149);
    expect(test.clock.pendingTimers).toBe(1);
    await test.clock.advance(1);
    expect(await client.nextJson()).toMatchObject([null, null, "realtime:room", "system", {}]);
    expect(await client.closed).toBe(1012);
  });

  it("lets nothing in that waited behind the join a socket is closed for", async () => {
    await using test = await start();
    const client = await open(test);
    const watching = await open(test);
    await client.join("room");
    const reason = "ClientJoinRateLimitReached: Too many joins per second";
    test.server.faults.refuseJoins({ reason, closesSocket: true, topic: /^over$/ });
    test.server.faults.delay(300);
    const refused = test.server.events.next("join:refused");
    client.sendJson(["2", "2", "realtime:over", "phx_join", { config: {} }]);
    client.sendJson(["3", "3", "realtime:behind", "phx_join", { config: {} }]);
    await refused;
    const closed = test.server.events.next("socket:closed");
    await test.clock.advance(5000);
    expect(await closed).toMatchObject({ code: 1001 });
    client.sendJson(["4", "4", "realtime:after", "phx_join", { config: {} }]);
    const answer = watching.rest();
    await test.clock.advance(300);
    expect(await client.nextJson()).toEqual(refusedJoin("2", "over", reason));
    expect(await client.closed).toBe(1001);
    await test.clock.advance(300);
    await answer;
    expect(test.server.stats()).toMatchObject({ sockets: 1, channels: 0, joinsAccepted: 1, joinsRefused: 1 });
  });

  it("does not hold a drop back", async () => {
    await using test = await start();
    const client = await open(test);
    await client.join("room");
    test.server.faults.delay(1000);
    test.server.faults.crashChannel("room");
    test.server.faults.dropSockets(1001);
    expect(await client.closed).toBe(1001);
    expect(test.clock.pendingTimers).toBe(0);
  });
});
