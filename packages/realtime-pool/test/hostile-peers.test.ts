import { createSystemRuntime } from "@shoal/kernel";
import { afterEach, describe, expect, it } from "vitest";
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
