import { createSystemRuntime } from "@shoal/kernel";
import { spawnRealtimeServer } from "@shoal/local-supabase/spawn";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createRealtimePool, type PresenceState } from "../src/index.ts";
import { startRawServer } from "./raw-server.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A pool that observes a topic on a server that passes on whatever others in the topic send. */
async function observe() {
  const server = await startRawServer({ onPush: () => ({ ok: {} }) });
  cleanups.push(() => server.stop());
  const pool = createRealtimePool({
    url: server.url,
    apiKey: "key",
    runtime: createSystemRuntime(),
    options: { start: { mode: "quota" } },
  });
  cleanups.push(() => pool.close());
  const lobby = await pool.acquire("lobby", { config: { ack: true, presence: { key: "me", listen: true } } });
  /** The first state that shows this key. */
  const seen = (key: string) =>
    new Promise<PresenceState>((resolve) => {
      lobby.onPresence((state) => Object.hasOwn(state, key) && resolve(state));
    });
  const say = (event: string, payloadText: string) =>
    server.sayRaw(`[null,null,"realtime:lobby",${JSON.stringify(event)},${payloadText}]`);
  /** Resolves when a push sent now is answered: all that was said before has been read. */
  const isAlive = () => lobby.send("ping", {});
  return { lobby, pool, seen, say, isAlive };
}

/** 250 kB. */
const WIDE = new Array(125_000).fill(0);
const DEEP = JSON.parse("[".repeat(40) + "]".repeat(40));

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const entry = (key: string, meta: string) => `{"${key}":{"metas":[${meta}]}}`;

describe("what others in a topic can send", () => {
  it.each([1000, 50_000, 200_000])("nested %i deep does not end the process or the channel", async (depth) => {
    const { lobby, seen, say, isAlive } = await observe();
    say("presence_state", "{}");
    for (let person = 0; person < 3; person += 1) {
      const joins = entry(`deep-${person}`, `{"phx_ref":"r${person}","a":${nested(depth)}}`);
      say("presence_diff", `{"joins":${joins},"leaves":{}}`);
      say("broadcast", `{"type":"broadcast","event":"e","payload":{"a":${nested(depth)}}}`);
    }
    await isAlive();
    say("presence_diff", `{"joins":${entry("good", '{"phx_ref":"g","name":"Ada"}')},"leaves":{}}`);
    expect((await seen("good"))["good"]).toEqual([{ presence_ref: "g", name: "Ada" }]);
    await isAlive();
    expect(lobby.status).toBe("joined");
  });

  it.each([
    ["3 MB of zeros", `[${"0,".repeat(1_500_000)}0]`],
    ["250 kB of text", `"${"x".repeat(250_000)}"`],
    ["80,000 levels", nested(80_000)],
  ])("by a message of %s is dropped unread and counted, and the next one is heard", async (_what, value) => {
    const { lobby, pool, say, isAlive } = await observe();
    const dropped: string[] = [];
    pool.events.on("message:dropped", ({ topic }) => dropped.push(topic));
    const heard: unknown[] = [];
    lobby.onBroadcast("e", (payload) => heard.push(payload));
    say("broadcast", `{"type":"broadcast","event":"e","payload":{"a":${value}}}`);
    say("broadcast", '{"type":"broadcast","event":"e","payload":{"a":1}}');
    await isAlive();
    expect({ dropped, heard }).toEqual({ dropped: ["lobby"], heard: [{ a: 1 }] });
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "under the presence key %s neither hides anybody nor reaches any other object",
    async (key) => {
      const { seen, say } = await observe();
      say("presence_state", "{}");
      say("presence_diff", `{"joins":${entry(key, '{"phx_ref":"p","polluted":true}')},"leaves":{}}`);
      say("presence_diff", `{"joins":${entry("good", '{"phx_ref":"g","name":"Ada"}')},"leaves":{}}`);
      say("presence_diff", `{"joins":{},"leaves":${entry(key, '{"phx_ref":"p","polluted":true}')}}`);
      say("presence_diff", `{"joins":${entry("last", '{"phx_ref":"l"}')},"leaves":{}}`);
      expect(Object.keys(await seen("last"))).toEqual(["good", "last"]);
      expect(Reflect.get({}, "polluted")).toBeUndefined();
      expect(Reflect.get({}, "metas")).toBeUndefined();
    },
  );

  it.each(["null", "1", '"x"', "[]", '{"joins":1}', '{"joins":{"a":1},"leaves":null}', '{"joins":{"a":{"metas":5}}}'])(
    "as presence %s is passed over",
    async (payload) => {
      const { lobby, seen, say } = await observe();
      say("presence_state", "{}");
      say("presence_diff", payload);
      say("presence_state", payload);
      say("broadcast", payload);
      say("system", payload);
      say("postgres_changes", payload);
      say("presence_state", "{}");
      say("presence_diff", `{"joins":${entry("good", '{"phx_ref":"g"}')},"leaves":{}}`);
      await seen("good");
      expect(lobby.status).toBe("joined");
    },
  );
});

describe("one bad presence entry", () => {
  it("is left out of a state, and joins and leaves without a trace", async () => {
    const { pool, seen, say } = await observe();
    let droppedCount = 0;
    pool.events.on("presence:dropped", ({ topic, count }) => {
      expect(topic).toBe("lobby");
      droppedCount += count;
    });
    const wide = (ref: string) => `{"phx_ref":"${ref}","x":${JSON.stringify(WIDE)}}`;
    const ada = (meta: string) => entry("ada", meta);
    const bob = '"bob":{"metas":[{"phx_ref":"b"}]}';
    say("presence_state", `{"eve":{"metas":[${wide("e")},{"phx_ref":"d","x":${nested(33)}},7]},"mal":1,${bob}}`);
    expect(await seen("bob")).toEqual({ bob: [{ presence_ref: "b" }] });
    expect(droppedCount).toBe(4);
    say("presence_diff", `{"joins":${ada('{"phx_ref":"1"}')},"leaves":{"eve":{"metas":[${wide("e")}]}}}`);
    await seen("ada");
    // Ada's entry becomes too large, and small again.
    say("presence_diff", `{"joins":${ada(wide("2"))},"leaves":${ada('{"phx_ref":"1"}')}}`);
    say("presence_diff", `{"joins":${entry("cy", '{"phx_ref":"c"}')},"leaves":{}}`);
    expect(Object.keys(await seen("cy"))).toEqual(["bob", "cy"]);
    say("presence_diff", `{"joins":${ada('{"phx_ref":"3"}')},"leaves":${ada(wide("2"))}}`);
    expect((await seen("ada"))["ada"]).toEqual([{ presence_ref: "3" }]);
    say("presence_diff", `{"joins":${entry("di", '{"phx_ref":"d"}')},"leaves":${ada('{"phx_ref":"3"}')}}`);
    expect(Object.keys(await seen("di"))).toEqual(["bob", "cy", "di"]);
    expect(droppedCount).toBe(5);
  });

  it("costs a real server's other clients no more than its frame: nothing of it is parsed or copied", async () => {
    const server = await spawnRealtimeServer();
    cleanups.push(() => server.close());
    const join = async (key: string) => {
      const { url, serviceRoleKey: apiKey } = server;
      const options = { start: { mode: "quota" }, presenceEventsPerSecond: 1000 } as const;
      const pool = createRealtimePool({ url, apiKey, runtime: createSystemRuntime(), options });
      cleanups.push(() => pool.close());
      return { pool, lobby: await pool.acquire("lobby", { config: { presence: { key, listen: true } } }) };
    };
    const shows = (key: string, { lobby }: Awaited<ReturnType<typeof join>>) =>
      new Promise<PresenceState>((resolve) => {
        lobby.onPresence((state) => Object.hasOwn(state, key) && resolve(state));
      });
    const early = await join("early");
    const parse = vi.spyOn(JSON, "parse");
    cleanups.push(async () => parse.mockRestore());
    const strangers = await Promise.all(["wide", "deep", "good"].map(join));
    await strangers[0]?.lobby.track({ x: WIDE });
    await strangers[1]?.lobby.track({ x: DEEP });
    await strangers[2]?.lobby.track({ name: "Ada" });
    expect(Object.keys(await shows("good", early))).toEqual(["good"]);
    // Whoever comes later is told of them all in one frame.
    const late = await join("late");
    expect(Object.keys(await shows("good", late))).toEqual(["good"]);
    await strangers[0]?.lobby.untrack();
    await strangers[2]?.lobby.track({ name: "Bob" });
    await vi.waitFor(async () => expect((await shows("good", late))["good"]).toMatchObject([{ name: "Bob" }]));
    expect(Math.max(...parse.mock.calls.map(([text]) => text.length))).toBeLessThan(8192);
  });
});
