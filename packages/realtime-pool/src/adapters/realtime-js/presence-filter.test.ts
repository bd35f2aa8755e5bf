import { describe, expect, it } from "vitest";
import { createPresenceFilter } from "./presence-filter.ts";

const state = { ada: { metas: [{ phx_ref: "1" }] } };
const diff = { joins: state, leaves: {} };

describe("the presence filter", () => {
  it("lets presence through where it is listened to, and everything else everywhere", () => {
    const filter = createPresenceFilter();
    filter.listen("realtime:lobby", true);
    expect(filter.accepts({ topic: "realtime:lobby", event: "presence_state", payload: state })).toBe(true);
    expect(filter.accepts({ topic: "realtime:lobby", event: "presence_diff", payload: diff })).toBe(true);
    expect(filter.accepts({ topic: "realtime:room:1", event: "presence_diff", payload: diff })).toBe(false);
    expect(filter.accepts({ topic: "realtime:room:1", event: "presence_state", payload: state })).toBe(false);
    expect(filter.accepts({ topic: "realtime:room:1", event: "broadcast" })).toBe(true);
  });

  it("forgets a topic whose next channel does not listen", () => {
    const filter = createPresenceFilter();
    filter.listen("realtime:lobby", true);
    filter.listen("realtime:lobby", false);
    expect(filter.accepts({ topic: "realtime:lobby", event: "presence_diff", payload: diff })).toBe(false);
  });

  it.each([null, 1, "x", [], { a: 1 }, { a: { metas: 1 } }, { a: { metas: [1] } }, { a: { metas: [null] } }])(
    "drops %j as presence",
    (entries) => {
      const filter = createPresenceFilter();
      const topic = "realtime:lobby";
      filter.listen(topic, true);
      expect(filter.accepts({ topic, event: "presence_state", payload: entries })).toBe(false);
      expect(filter.accepts({ topic, event: "presence_diff", payload: { joins: entries, leaves: {} } })).toBe(false);
      expect(filter.accepts({ topic, event: "presence_diff", payload: { joins: {}, leaves: entries } })).toBe(false);
      expect(filter.accepts({ topic, event: "presence_diff", payload: entries })).toBe(false);
    },
  );

  it("drops an entry nested more than 32 deep", () => {
    const filter = createPresenceFilter();
    const topic = "realtime:lobby";
    filter.listen(topic, true);
    const entries = (depth: number) => ({ a: { metas: [{ b: JSON.parse("[".repeat(depth) + "]".repeat(depth)) }] } });
    expect(filter.accepts({ topic, event: "presence_state", payload: entries(31) })).toBe(true);
    expect(filter.accepts({ topic, event: "presence_state", payload: entries(33) })).toBe(false);
    expect(filter.accepts({ topic, event: "presence_state", payload: entries(100_000) })).toBe(false);
  });
});
