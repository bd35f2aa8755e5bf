import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { PresenceState } from "../../types.ts";
import { presenceFrame } from "./presence-text.ts";
import { createTopicPresence } from "./topic-presence.ts";

/** `stepMs`: time that passes at each look at the clock, as it does in work that takes long. */
function makeTopic(stepMs = 0) {
  const simulated = createSimulatedClock();
  let workMs = 0;
  const clock = {
    ...simulated,
    monotonicMs() {
      workMs += stepMs;
      return simulated.monotonicMs() + workMs;
    },
  };
  const states: PresenceState[] = [];
  const dropped: number[] = [];
  const errors: unknown[] = [];
  const topic = createTopicPresence(clock, {
    onState: (state) => states.push(state),
    onDropped: (count) => dropped.push(count),
    onUnreadable: (error) => errors.push(error),
  });
  const hearText = (text: string) => {
    const frame = presenceFrame(text);
    if (frame) topic.hear(frame);
  };
  const hear = (event: string, payload: unknown) =>
    hearText(JSON.stringify([null, null, "realtime:lobby", event, payload]));
  /** Waits until everything heard is told. */
  const settle = () => simulated.advance(60_000);
  return { topic, states, dropped, errors, hear, hearText, settle, clock: simulated };
}

const people = (...refs: string[]) => Object.fromEntries(refs.map((ref) => [ref, { metas: [{ phx_ref: ref }] }]));
const shown = (...refs: string[]) => Object.fromEntries(refs.map((ref) => [ref, [{ presence_ref: ref }]]));
const diff = (joins: object, leaves: object = {}) => ({ joins, leaves });

describe("who is in a topic", () => {
  it("is the first state and each change since", async () => {
    const { hear, states, settle } = makeTopic();
    hear("presence_state", people("a", "b"));
    hear("presence_diff", diff(people("c"), people("a", "stranger")));
    await settle();
    expect(states).toEqual([shown("a", "b"), shown("b", "c")]);
  });

  it("has several entries under one key, of which each leaves by its reference", async () => {
    const { hear, states, settle } = makeTopic();
    const metas = (...refs: string[]) => ({ ada: { metas: refs.map((phx_ref) => ({ phx_ref })) } });
    const list = (...refs: string[]) => ({ ada: refs.map((presence_ref) => ({ presence_ref })) });
    hear("presence_state", metas("1", "2"));
    await settle();
    hear("presence_diff", diff(metas("3", "2")));
    await settle();
    hear("presence_diff", diff(metas("4"), metas("1", "3")));
    await settle();
    expect(states).toEqual([list("1", "2"), list("1", "3", "2"), list("2", "4")]);
  });

  it("is not told before the first state, and then with the changes that came before it", async () => {
    const { hear, states, settle } = makeTopic();
    hear("presence_diff", diff(people("late"), people("a")));
    await settle();
    expect(states).toEqual([]);
    hear("presence_state", people("a", "b"));
    expect(states).toEqual([shown("b", "late")]);
  });

  it("is all that a second state says, and nobody else", async () => {
    const { hear, states, settle } = makeTopic();
    hear("presence_state", people("a"));
    hear("presence_state", people("b"));
    await settle();
    expect(states.at(-1)).toEqual(shown("b"));
  });

  it("keeps the very entries and lists that did not change", async () => {
    const { hear, states, settle } = makeTopic();
    hear("presence_state", people("a"));
    await settle();
    hear("presence_diff", diff(people("b")));
    await settle();
    expect(states[1]?.["a"]).toBe(states[0]?.["a"]);
  });

  it.each(["__proto__", "constructor"])("may have the key %s", async (key) => {
    const { hearText, states } = makeTopic();
    hearText(`[null,null,"t","presence_state",{"${key}":{"metas":[{"phx_ref":"1","__proto__":{"x":1}}]}}]`);
    const [state = {}] = states;
    expect(Object.getOwnPropertyNames(state)).toEqual([key]);
    expect(Object.getOwnPropertyNames(Object.entries(state)[0]?.[1][0])).toEqual(["__proto__", "presence_ref"]);
    expect(Reflect.get({}, "x")).toBeUndefined();
  });

  it("loses bad entries, counted where they join, and a frame that breaks off", () => {
    const { hear, hearText, states, dropped, errors } = makeTopic();
    hear("presence_state", { ...people("a"), eve: { metas: [7, {}] }, mal: 1 });
    expect([states, dropped]).toEqual([[shown("a")], [3]]);
    hear("presence_diff", diff({}, { eve: { metas: [7] } }));
    hearText('[null,null,"t","presence_diff",{"joins":{"b":{"metas":[{"phx_ref":"b"}');
    expect([dropped, errors.length]).toEqual([[3], 1]);
  });
});

describe("a crowd that comes at once", () => {
  const refs = Array.from({ length: 1000 }, (_, at) => `r${at}`);

  it("is read in slices and told when all of it is there; what comes meanwhile is told after it", async () => {
    const { hear, states, settle, clock } = makeTopic(1);
    hear("presence_state", people(...refs));
    hear("presence_diff", diff(people("late"), people("r0")));
    expect([states, clock.pendingTimers]).toEqual([[], 1]);
    await settle();
    expect(states.map((state) => Object.keys(state).length)).toEqual([1000, 1000]);
    expect(Object.keys(states[1] ?? {}).at(-1)).toBe("late");
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not told any more after the end, and leaves no timer", async () => {
    const { topic, hear, states, settle, clock } = makeTopic(1);
    hear("presence_state", people(...refs));
    topic.stop();
    expect(clock.pendingTimers).toBe(0);
    await settle();
    expect(states).toEqual([]);
  });
});
