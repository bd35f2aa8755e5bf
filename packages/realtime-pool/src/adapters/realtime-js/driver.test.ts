import { createSystemRuntime } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RawServerOptions, startRawServer } from "../../../test/raw-server.ts";
import { classify, type Evidence } from "../../classify.ts";
import type { ChannelListener, DriverSocket } from "../../driver.ts";
import { DEFAULT_OPTIONS } from "../../options.ts";
import { TOKEN_LIMIT_MS, TokenSource } from "../../tokens.ts";
import type { ChannelConfig, Payload, PresenceState, RowChange } from "../../types.ts";
import { withUpgradeDiagnosis } from "../../upgrade-diagnosis.ts";
import { createUpgradeQuestion } from "../http/diagnose-upgrade.ts";
import { createRealtimeJsDriver, type RealtimeJsParts } from "./socket.ts";

/** Long enough for every retry loop the library has to go round many times. */
const TEN_MINUTES_MS = 600_000;

// The library keeps its own time: only here, where it lives, are timers faked. The sockets are real.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] }));
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  vi.useRealTimers();
});

async function serve(options: RawServerOptions = {}, port = 0) {
  const server = await startRawServer(options, port);
  cleanups.push(() => server.stop());
  return server;
}

/** One socket through the adapter. */
function dial(url: string, overrides: Partial<RealtimeJsParts> = {}) {
  const runtime = createSystemRuntime();
  const driver = createRealtimeJsDriver({
    url: `${url}/realtime/v1`,
    apiKey: "the-key",
    tokens: undefined,
    runtime,
    options: DEFAULT_OPTIONS,
    ...overrides,
  });
  const open = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<Evidence>();
  const heartbeats: number[] = [];
  const socket = driver.open({
    onOpen: open.resolve,
    onClosed: closed.resolve,
    onHeartbeat: (ms) => heartbeats.push(ms),
    onPresenceDropped: () => {},
  });
  cleanups.push(() => settleWithTimers(socket.close()));
  return { socket, runtime, open: open.promise, closed: closed.promise, heartbeats };
}

/** Lets faked time run while real sockets do their part. */
async function settleWithTimers<T>(work: Promise<T>): Promise<T> {
  let isSettled = false;
  const done = work.finally(() => {
    isSettled = true;
  });
  while (!isSettled) {
    await turn();
    if (!isSettled) vi.advanceTimersByTime(10);
  }
  return done;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** One join, with everything that is said about it. */
function join(socket: DriverSocket, topic: string, config: ChannelConfig = {}, refresh = false) {
  const joined = Promise.withResolvers<void>();
  const down = Promise.withResolvers<Evidence>();
  const ready = Promise.withResolvers<void>();
  const heard = {
    broadcasts: [] as [string, Payload][],
    states: [] as PresenceState[],
    changes: [] as RowChange[],
    downs: [] as Evidence[],
    changesFailed: [] as Evidence[],
  };
  const listener: ChannelListener = {
    onJoined: joined.resolve,
    onDown(evidence) {
      heard.downs.push(evidence);
      down.resolve(evidence);
    },
    onMessage: (event, payload) => heard.broadcasts.push([event, payload]),
    onPresenceState: (state) => heard.states.push(state),
    onRow: (change) => heard.changes.push(change),
    onChangesReady: ready.resolve,
    onChangesFailed: (evidence) => heard.changesFailed.push(evidence),
  };
  const channel = socket.join({ topic, config, refresh }, listener);
  return { channel, joined: joined.promise, down: down.promise, changesReady: ready.promise, heard };
}

async function openAndJoin(options: RawServerOptions = {}, config: ChannelConfig = {}) {
  const server = await serve(options);
  const dialled = dial(server.url);
  await dialled.open;
  const room = join(dialled.socket, "room:1", config);
  await room.joined;
  return { server, ...dialled, room };
}

describe("a join", () => {
  it("asks for what the config says, with the key on the socket", async () => {
    const { server } = await openAndJoin({}, { self: true, ack: true, presence: { key: "bot-1", listen: true } });
    const [frame] = server.sent("phx_join");
    expect(frame?.topic).toBe("realtime:room:1");
    expect(frame?.payload["config"]).toMatchObject({
      broadcast: { self: true, ack: true },
      presence: { key: "bot-1", enabled: true },
      private: false,
      postgres_changes: [],
    });
  });

  it("that only wants to be seen does not listen to presence", async () => {
    const { server } = await openAndJoin({}, { presence: { key: "bot-1", listen: false } });
    expect(server.sent("phx_join")[0]?.payload["config"]).toMatchObject({ presence: { key: "bot-1", enabled: false } });
  });

  it("is sent once when it is refused, however long the library is left alone (traps 1 and 2)", async () => {
    const server = await serve({ onJoin: () => ({ error: { reason: "Unauthorized: You do not have permissions" } }) });
    const { socket, open, heartbeats } = dial(server.url);
    await open;
    const room = join(socket, "room:1");
    expect(await room.down).toEqual({ where: "join", text: "Unauthorized: You do not have permissions" });
    // Beat by beat, or the socket would be found silent.
    for (let beats = 1; beats * DEFAULT_OPTIONS.heartbeatMs <= TEN_MINUTES_MS; beats += 1) {
      vi.advanceTimersByTime(DEFAULT_OPTIONS.heartbeatMs);
      while (heartbeats.length < beats) await turn();
    }
    const other = join(socket, "room:2");
    await other.down;
    expect(server.sent("phx_join").map((frame) => frame.topic)).toEqual(["realtime:room:1", "realtime:room:2"]);
    expect(room.heard.downs.length).toBe(1);
  });

  it("is sent once when it is not answered, and told as timed out", async () => {
    const server = await serve({ onJoin: (_, index) => (index === 0 ? "silence" : { ok: { postgres_changes: [] } }) });
    const { socket, open } = dial(server.url);
    await open;
    const room = join(socket, "room:1");
    await server.received("phx_join");
    vi.advanceTimersByTime(DEFAULT_OPTIONS.joinTimeoutMs);
    expect(await room.down).toEqual({ where: "join", text: "join timed out" });
    vi.advanceTimersByTime(DEFAULT_OPTIONS.heartbeatMs / 2);
    const other = join(socket, "room:2");
    await other.joined;
    expect(server.sent("phx_join").length).toBe(2);
  });

  it("can follow at once on the same topic from inside the bad news of the last one (traps 3 and 4)", async () => {
    const server = await serve();
    const { socket, open } = dial(server.url);
    await open;
    const second = Promise.withResolvers<void>();
    const first = join(socket, "room:1");
    await first.joined;
    first.down.then(() => join(socket, "room:1").joined.then(second.resolve));
    server.say("realtime:room:1", "phx_error", { reason: "channel_crash" }, server.sent("phx_join")[0]?.joinRef);
    await second.promise;
    expect(server.sent("phx_join").length).toBe(2);
    expect(server.sent("phx_leave").length).toBeLessThanOrEqual(1);
    expect(await first.down).toEqual({ where: "join", text: "channel_crash" });
  });
});

describe("a channel closed by the server", () => {
  it("is told with the words of the system message before it, once (trap 3)", async () => {
    const { server, room } = await openAndJoin();
    const joinRef = server.sent("phx_join")[0]?.joinRef;
    const message = "Too many messages per second";
    server.say(
      "realtime:room:1",
      "system",
      { extension: "system", status: "error", message, channel: "room:1" },
      joinRef,
    );
    server.say("realtime:room:1", "phx_close", {}, joinRef);
    expect(await room.down).toEqual({ where: "system", text: message });
    await turn();
    expect(room.heard.downs.length).toBe(1);
    expect(server.sent("phx_leave")).toEqual([]);
  });

  it("without a word is told as that", async () => {
    const { server, room } = await openAndJoin();
    server.say("realtime:room:1", "phx_close", {}, server.sent("phx_join")[0]?.joinRef);
    expect(await room.down).toEqual({ where: "system", text: "closed by the server" });
  });
});

describe("a socket that ends", () => {
  it.each([1001, 1011, 1012])("with code %i is told once, and not again by its channels", async (code) => {
    const { server, closed, room } = await openAndJoin();
    server.closeSockets(code);
    expect(await closed).toMatchObject({ where: "close", closeCode: code });
    await turn();
    expect(room.heard.downs).toEqual([]);
  });

  it("is not opened again by the library (trap 1)", async () => {
    const { server, closed } = await openAndJoin();
    server.closeSockets(1006);
    await closed;
    vi.advanceTimersByTime(TEN_MINUTES_MS);
    expect(vi.getTimerCount()).toBe(0);
    for (let turns = 0; turns < 10; turns += 1) await turn();
    // Whatever the library had dialled would have arrived before this one.
    await dial(server.url).open;
    expect(server.upgrades).toBe(2);
  });

  it.each([401, 403, 404, 429, 503])(
    "in the handshake says the status %i, on every runtime (trap 8)",
    async (status) => {
      const server = await serve({ upgrade: () => status });
      const runtime = createSystemRuntime();
      const parts = { url: `${server.url}/realtime/v1`, apiKey: "the-key", runtime, clock: runtime.clock };
      const driver = withUpgradeDiagnosis({
        driver: createRealtimeJsDriver({ ...parts, tokens: undefined, options: DEFAULT_OPTIONS }),
        clock: runtime.clock,
        ask: createUpgradeQuestion(parts),
      });
      const closed = new Promise<Evidence>((onClosed) => {
        driver.open({ onOpen: () => {}, onHeartbeat: () => {}, onPresenceDropped: () => {}, onClosed });
      });
      expect(await closed).toMatchObject({ where: "handshake", httpStatus: status });
    },
  );

  it("in the handshake never repeats the key, which is part of the address", async () => {
    const server = await serve({ upgrade: () => 401 });
    expect((await dial(server.url).closed).text).not.toContain("the-key");
    await server.stop();
    expect((await dial(server.url, { apiKey: "sb_secret_a+b/c=" }).closed).text).not.toMatch(/sb_secret|apikey/);
  });

  it("cannot even be reached", async () => {
    const server = await serve();
    await server.stop();
    const evidence = await dial(server.url).closed;
    expect(evidence.where).toBe("handshake");
    expect(evidence.httpStatus).toBeUndefined();
  });

  it("by silence is closed by the library with the second heartbeat, and leaves no timer of its channels behind (trap 1)", async () => {
    const { server, closed } = await openAndJoin({ onHeartbeat: () => "silence" });
    vi.advanceTimersByTime(DEFAULT_OPTIONS.heartbeatMs);
    await server.received("heartbeat");
    const gone = server.closed();
    vi.advanceTimersByTime(DEFAULT_OPTIONS.heartbeatMs);
    expect(await closed).toMatchObject({ where: "close", text: "heartbeat timeout" });
    await gone;
    // The library looks a few times, for less than a second, whether its socket has closed; nothing may follow that.
    for (const lookMs of [150, 300, 300]) {
      for (let turns = 0; turns < 10; turns += 1) await turn();
      vi.advanceTimersByTime(lookMs);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it("answers those who await a reply", async () => {
    const { server, room } = await openAndJoin({ onPush: () => "silence" });
    const reply = room.channel.broadcast("message", {}, true);
    await server.received("broadcast");
    server.closeSockets(1006);
    expect(await reply).toEqual({ kind: "gone" });
    expect(await room.channel.track({})).toEqual({ kind: "gone" });
  });
});

describe("pushes", () => {
  it("are handed over without waiting, or with the server's answer when asked for", async () => {
    const { room } = await openAndJoin({
      onPush: ({ payload }) =>
        payload["event"] === "big" ? { error: { reason: "payload_size_exceeded" } } : { ok: {} },
    });
    expect(await room.channel.broadcast("message", { n: 1 }, false)).toEqual({ kind: "ok" });
    expect(await room.channel.broadcast("message", { n: 1 }, true)).toEqual({ kind: "ok" });
    expect(await room.channel.broadcast("big", {}, true)).toEqual({ kind: "refused", text: "payload_size_exceeded" });
    expect(await room.channel.track({ bot: true })).toEqual({ kind: "ok" });
    expect(await room.channel.untrack()).toEqual({ kind: "ok" });
  });

  it("carry the join they belong to", async () => {
    const { server, room } = await openAndJoin({ onPush: () => ({ ok: {} }) });
    await room.channel.broadcast("message", { text: "ü" }, true);
    const [joinFrame] = server.sent("phx_join");
    expect(server.sent("broadcast")[0]).toMatchObject({
      topic: "realtime:room:1",
      joinRef: joinFrame?.joinRef,
      payload: { event: "message", payload: { text: "ü" } },
    });
  });

  it("that are never answered end as timeout", async () => {
    const { server, room } = await openAndJoin({ onPush: () => "silence" });
    const reply = room.channel.broadcast("message", {}, true);
    await server.received("broadcast");
    vi.advanceTimersByTime(DEFAULT_OPTIONS.replyTimeoutMs);
    expect(await reply).toEqual({ kind: "timeout" });
  });

  it("without a receipt leave no timer behind", async () => {
    const { room } = await openAndJoin();
    const before = vi.getTimerCount();
    for (let n = 0; n < 50; n += 1) await room.channel.broadcast("message", { n }, false);
    expect(vi.getTimerCount()).toBe(before);
  });

  it("with an event name that does not fit the wire are refused here", async () => {
    const { room } = await openAndJoin();
    await expect(room.channel.broadcast("e".repeat(256), {}, false)).rejects.toThrow(/255/);
  });
});

describe("what the server says", () => {
  it("reaches the listener as plain values; what is malformed is dropped", async () => {
    const { server, room } = await openAndJoin({ onPush: () => ({ ok: {} }) });
    const topic = "realtime:room:1";
    server.say(topic, "broadcast", { type: "broadcast", event: "message", payload: { n: 1 } });
    server.say(topic, "broadcast", { type: "broadcast", event: 7, payload: { n: 2 } });
    server.say(topic, "broadcast", { type: "broadcast", event: "message", payload: "text" });
    server.say(topic, "broadcast", { type: "broadcast", event: "empty" });
    server.sayRaw("this is no frame");
    server.sayRaw('{"also":"no frame"}');
    server.say(topic, "broadcast", { type: "broadcast", event: "message", payload: { n: 3 } });
    await room.channel.track({});
    expect(room.heard.broadcasts).toEqual([
      ["message", { n: 1 }],
      ["empty", {}],
      ["message", { n: 3 }],
    ]);
  });

  it("about presence is the whole state each time", async () => {
    const { server, room } = await openAndJoin({}, { presence: { key: "me", listen: true } });
    const topic = "realtime:room:1";
    server.say(topic, "presence_state", { a: { metas: [{ phx_ref: "1", n: 1 }] } });
    server.say(topic, "presence_diff", { joins: { b: { metas: [{ phx_ref: "2", n: 2 }] } }, leaves: {} });
    await room.channel.track({});
    vi.advanceTimersByTime(5000);
    expect(room.heard.states.map((state) => Object.keys(state))).toEqual([["a"], ["a", "b"]]);
    expect(room.heard.states[1]).toMatchObject({ b: [{ n: 2 }] });
  });

  it("about rows comes with its columns read, and its readiness apart from the join", async () => {
    const changes = [{ event: "INSERT", schema: "public", table: "bot_control" }] as const;
    const { server, room } = await openAndJoin(
      { onJoin: () => ({ ok: { postgres_changes: [{ id: 7, ...changes[0] }] } }) },
      { changes },
    );
    const topic = "realtime:room:1";
    const system = { extension: "postgres_changes", channel: "room:1" };
    server.say(topic, "system", { ...system, status: "error", message: "Subscribing failed" });
    server.say(topic, "system", { ...system, status: "ok", message: "Subscribed to PostgreSQL" });
    await room.changesReady;
    expect(room.heard.changesFailed).toEqual([{ where: "system", text: "Subscribing failed" }]);
    server.say(topic, "postgres_changes", {
      ids: [7],
      data: {
        type: "INSERT",
        schema: "public",
        table: "bot_control",
        commit_timestamp: "2026-01-01T00:00:00Z",
        columns: [{ name: "id", type: "int4" }],
        record: { id: "5" },
        errors: null,
      },
    });
    await room.channel.track({});
    expect(room.heard.changes).toEqual([
      {
        type: "INSERT",
        schema: "public",
        table: "bot_control",
        commitTimestamp: "2026-01-01T00:00:00Z",
        record: { id: 5 },
        oldRecord: {},
      },
    ]);
    expect(room.heard.downs).toEqual([]);
  });
});

describe("leaving", () => {
  it("tells the server and waits for its answer; the topic can be joined again", async () => {
    const { server, socket, room } = await openAndJoin();
    await room.channel.leave(1000);
    expect(server.sent("phx_leave").length).toBe(1);
    await join(socket, "room:1").joined;
    expect(room.heard.downs).toEqual([]);
  });

  it("is bounded when the server does not answer", async () => {
    const { socket, room } = await openAndJoin({ onPush: () => "silence" });
    await settleWithTimers(room.channel.leave(1000));
    await join(socket, "room:1").joined;
  });

  it("ends what is heard of that join, also what comes before the server's answer", async () => {
    const onPush = ({ event }: { readonly event: string }) => (event === "phx_leave" ? "silence" : { ok: {} });
    const { server, socket, room } = await openAndJoin({ onPush });
    const say = (n: number) =>
      server.say("realtime:room:1", "broadcast", { type: "broadcast", event: "message", payload: { n } });
    say(1);
    await room.channel.track({});
    const left = room.channel.leave(1000);
    say(2);
    await join(socket, "room:2").joined;
    await settleWithTimers(left);
    expect(room.heard).toMatchObject({ broadcasts: [["message", { n: 1 }]], downs: [] });
  });

  it("during a join leaves after it", async () => {
    const server = await serve({ onJoin: () => "silence" });
    const { socket, open } = dial(server.url);
    await open;
    const room = join(socket, "room:1");
    await server.received("phx_join");
    await room.channel.leave(1000);
    expect(server.sent("phx_leave").length).toBe(1);
  });

  it("with the last channel leaves the socket open and no timer but the heartbeat's (trap 11)", async () => {
    const { server, room } = await openAndJoin();
    await room.channel.leave(1000);
    expect(vi.getTimerCount()).toBe(1);
    expect(server.sockets).toBe(1);
  });
});

describe("closing", () => {
  it("leaves no timer behind, neither ours nor the library's (trap 10)", async () => {
    const { server, socket, runtime } = await openAndJoin();
    const gone = server.closed();
    await settleWithTimers(socket.close());
    await gone;
    expect(vi.getTimerCount()).toBe(0);
    expect(runtime.clock.pendingTimers).toBe(0);
  });

  it("is not told as a loss", async () => {
    const { server, socket, closed } = await openAndJoin();
    let wasTold = false;
    closed.then(() => {
      wasTold = true;
    });
    const gone = server.closed();
    await settleWithTimers(socket.close());
    await gone;
    await turn();
    expect(wasTold).toBe(false);
  });

  it("during the handshake ends it", async () => {
    const server = await serve();
    const { socket } = dial(server.url);
    await settleWithTimers(socket.close());
    await settleWithTimers(socket.close());
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("tokens", () => {
  /** A source that counts its tokens. */
  function count() {
    let issued = 0;
    const tokens = new TokenSource({
      runtime: createSystemRuntime(),
      ask: async () => {
        issued += 1;
        return `token-${issued}`;
      },
    });
    cleanups.push(async () => tokens.close());
    return { tokens, issued: () => issued };
  }
  const shown = (server: Awaited<ReturnType<typeof serve>>, event: string) =>
    server.sent(event).map((frame) => frame.payload["access_token"]);

  it("are asked for once by many sockets, joins and heartbeats", async () => {
    const server = await serve();
    const { tokens, issued } = count();
    const dialled = [dial(server.url, { tokens }), dial(server.url, { tokens })];
    for (const [index, { socket, open, heartbeats }] of dialled.entries()) {
      await open;
      await join(socket, `room:${index}`).joined;
      vi.advanceTimersByTime(DEFAULT_OPTIONS.heartbeatMs);
      while (heartbeats.length === 0) await turn();
    }
    expect(shown(server, "phx_join")).toEqual(["token-1", "token-1"]);
    expect(issued()).toBe(1);
  });

  it("that the server refused are never sent again", async () => {
    const server = await serve({
      onJoin: ({ payload }) =>
        payload["access_token"] === "token-2"
          ? { ok: { postgres_changes: [] } }
          : { error: { reason: "InvalidJWTToken: Token has expired 60 seconds ago" } },
    });
    const { tokens } = count();
    const { socket, open } = dial(server.url, { tokens });
    await open;
    await join(socket, "room:1").down;
    await join(socket, "room:1").joined;
    await join(socket, "room:2").joined;
    expect(shown(server, "phx_join")).toEqual(["token-1", "token-2", "token-2"]);
  });

  it("that are fresh are shown to all joined channels, once each, and leave no timer behind", async () => {
    const server = await serve({ onPush: ({ event }) => (event === "access_token" ? "silence" : { ok: {} }) });
    const { tokens } = count();
    const { socket, open } = dial(server.url, { tokens });
    await open;
    const rooms = [join(socket, "room:1"), join(socket, "room:2")];
    for (const room of rooms) await room.joined;
    const timers = vi.getTimerCount();
    tokens.refuse("token-1");
    await settleWithTimers(server.received("access_token", 2));
    await rooms[0]?.channel.track({});
    expect(shown(server, "access_token")).toEqual(["token-2", "token-2"]);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(timers);
  });

  it("that came while a join was under way are shown to it as soon as it has joined", async () => {
    const server = await serve({ onPush: () => ({ ok: {} }) });
    const { tokens } = count();
    const { socket, open } = dial(server.url, { tokens });
    await open;
    await join(socket, "room:1").joined;
    const late = join(socket, "room:2");
    await tokens.forJoin();
    tokens.refuse("token-1");
    await late.joined;
    await settleWithTimers(server.received("access_token", 2));
    expect(
      server
        .sent("access_token")
        .map((frame) => frame.topic)
        .sort(),
    ).toEqual(["realtime:room:1", "realtime:room:2"]);
  });

  it("that cannot be had do not keep the socket from opening, and send no join", async () => {
    const server = await serve();
    const runtime = testRuntime();
    const tokens = new TokenSource({ runtime, ask: () => Promise.reject(new Error("no session")) });
    cleanups.push(async () => tokens.close());
    const { socket, open } = dial(server.url, { tokens });
    await open;
    const { down } = join(socket, "room:1");
    await runtime.clock.advance(TOKEN_LIMIT_MS);
    const evidence = await down;
    expect(classify(evidence)).toMatchObject({ errorClass: "auth", retry: "backoff" });
    expect(server.sent("phx_join")).toEqual([]);
  });
});

describe("heartbeats", () => {
  it("are answered with their round trip", async () => {
    const server = await serve();
    const { open, heartbeats } = dial(server.url);
    await open;
    vi.advanceTimersByTime(DEFAULT_OPTIONS.heartbeatMs);
    await server.received("heartbeat");
    while (heartbeats.length === 0) await turn();
    expect(heartbeats).toEqual([expect.any(Number)]);
  });

  it("that nobody answers end the socket before the next one is due", async () => {
    const { server, closed } = await openAndJoin({ onHeartbeat: () => "silence" });
    vi.advanceTimersByTime(DEFAULT_OPTIONS.heartbeatMs);
    await server.received("heartbeat");
    vi.advanceTimersByTime(DEFAULT_OPTIONS.staleAfterMs + 250);
    expect(await closed).toEqual({ where: "close", text: "heartbeat timeout", silentMs: expect.any(Number) });
    expect(server.sent("heartbeat").length).toBe(1);
  });

  it("that nobody answers are waited for while a join is refused", async () => {
    const server = await serve({ onHeartbeat: () => "silence", onJoin: () => "silence" });
    const runtime = { ...createSystemRuntime(), rng: { next: () => 1 } };
    const { socket, open, closed } = dial(server.url, { runtime });
    await open;
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    vi.advanceTimersByTime(DEFAULT_OPTIONS.heartbeatMs);
    await server.received("heartbeat");
    vi.advanceTimersByTime(DEFAULT_OPTIONS.staleAfterMs - 1000);
    const slow = join(socket, "room:2");
    await server.received("phx_join");
    vi.advanceTimersByTime(2000);
    await turn();
    expect(isClosed).toBe(false);
    vi.advanceTimersByTime(DEFAULT_OPTIONS.joinTimeoutMs);
    await slow.down;
    vi.advanceTimersByTime(DEFAULT_OPTIONS.staleAfterMs);
    expect(await closed).toMatchObject({ text: "heartbeat timeout" });
  });
});

describe("a close is explained", () => {
  it("by the refused join before it", async () => {
    const reason = "ClientJoinRateLimitReached: Too many joins per second";
    const { server, socket, closed } = await openAndJoin({
      onJoin: (_, index) => (index === 0 ? { ok: { postgres_changes: [] } } : { error: { reason } }),
    });
    await join(socket, "room:2").down;
    server.closeSockets(1001);
    expect(classify(await closed)).toMatchObject({ errorClass: "rate", scope: "socket" });
  });

  it("by what an operator asked for", async () => {
    const { server, closed, room } = await openAndJoin();
    const message = "Server requested disconnect";
    server.say("realtime:room:1", "system", { extension: "system", status: "ok", message });
    server.closeSockets(1012);
    expect(await closed).toMatchObject({ closeCode: 1012, text: message });
    expect(room.heard.downs).toEqual([]);
  });

  it("not by the refusal of one topic", async () => {
    const { server, socket, closed } = await openAndJoin({
      onJoin: (_, index) =>
        index === 0 ? { ok: { postgres_changes: [] } } : { error: { reason: "Unauthorized: no permissions to read" } },
    });
    await join(socket, "room:2").down;
    server.closeSockets(1001);
    expect(classify(await closed)).toMatchObject({ errorClass: "server", retry: "backoff" });
  });
});

describe("rows", () => {
  const changes = [{ event: "INSERT", schema: "public", table: "bot_control" }] as const;
  const topic = "realtime:room:1";
  const DUE_MS = 30_000;
  const say = (server: Awaited<ReturnType<typeof serve>>, status: string, message: string) =>
    server.say(topic, "system", { extension: "postgres_changes", status, message, channel: "room:1" });
  const openWithRows = () =>
    openAndJoin(
      {
        onJoin: () => ({ ok: { postgres_changes: [{ id: 7, ...changes[0] }] } }),
        onPush: () => ({ ok: {} }),
      },
      { changes },
    );

  it("that never come end the channel, so that it is joined anew", async () => {
    const { room, server } = await openWithRows();
    vi.advanceTimersByTime(DUE_MS);
    expect(classify(await room.down)).toMatchObject({ errorClass: "server", retry: "backoff" });
    await server.received("phx_leave");
  });

  it("that are announced in time are not waited for any more", async () => {
    const { room, server } = await openWithRows();
    const timers = vi.getTimerCount();
    say(server, "ok", "Subscribed to PostgreSQL");
    await room.changesReady;
    expect(vi.getTimerCount()).toBe(timers - 1);
  });

  it("that fail for a while are waited for, and given up when they do not come back", async () => {
    const { room, server } = await openWithRows();
    say(server, "ok", "Subscribed to PostgreSQL");
    await room.changesReady;
    say(server, "error", "Too many database timeouts");
    await room.channel.track({});
    vi.advanceTimersByTime(DUE_MS - 1);
    say(server, "ok", "Subscribed to PostgreSQL");
    await room.channel.track({});
    vi.advanceTimersByTime(DUE_MS);
    expect(room.heard.downs).toEqual([]);
    say(server, "error", "Too many database timeouts");
    await room.channel.track({});
    vi.advanceTimersByTime(DUE_MS);
    expect(classify(await room.down).errorClass).toBe("server");
  });

  it("that are asked for wrongly are told as failed, and the channel stays", async () => {
    const { room, server } = await openWithRows();
    say(server, "error", "Unable to subscribe to changes with given parameters. Please check Realtime is enabled");
    await room.channel.track({});
    expect(room.heard.changesFailed.length).toBe(1);
    vi.advanceTimersByTime(DUE_MS);
    expect(await room.channel.track({})).toEqual({ kind: "ok" });
    expect(room.heard.downs).toEqual([]);
  });
});
