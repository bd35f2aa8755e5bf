import { describe, expect, it } from "vitest";
import { createPresenceFilter, MAX_KEY_CHARS } from "./presence-filter.ts";

const topic = "realtime:lobby";
const state = { ada: { metas: [{ phx_ref: "1", name: "Ada" }] } };
const diff = { joins: state, leaves: {} };

function listening() {
  const presence = createPresenceFilter();
  presence.listen(topic, true);
  return (event: string, payload: unknown) => presence.filter({ topic, event, payload });
}

describe("the presence filter", () => {
  it("lets presence through where it is listened to, and everything else everywhere", () => {
    const { listen, filter } = createPresenceFilter();
    listen(topic, true);
    expect(filter({ topic, event: "presence_state", payload: state })).toEqual({ payload: state, droppedCount: 0 });
    expect(filter({ topic, event: "presence_diff", payload: diff })).toEqual({ payload: diff, droppedCount: 0 });
    expect(filter({ topic: "realtime:room:1", event: "presence_diff", payload: diff })).toBeNull();
    expect(filter({ topic: "realtime:room:1", event: "presence_state", payload: state })).toBeNull();
    expect(filter({ topic: "realtime:room:1", event: "x", payload: 1 })).toEqual({ payload: 1, droppedCount: 0 });
  });

  it("forgets a topic whose next channel does not listen", () => {
    const { listen, filter } = createPresenceFilter();
    listen(topic, true);
    listen(topic, false);
    expect(filter({ topic, event: "presence_diff", payload: diff })).toBeNull();
  });

  it.each([null, 1, "x", []])("passes over %j as presence", (payload) => {
    const filter = listening();
    expect(filter("presence_state", payload)).toBeNull();
    expect(filter("presence_diff", payload)).toBeNull();
    expect(filter("presence_diff", { joins: payload, leaves: state })?.payload).toEqual({
      joins: {},
      leaves: { ada: { metas: [{ phx_ref: "1" }] } },
    });
    expect(filter("presence_diff", { joins: state, leaves: payload })?.payload).toEqual(diff);
  });

  it.each([
    1,
    null,
    {},
    { metas: 1 },
    { metas: [1] },
    { metas: [null] },
    { metas: [{}] },
    { metas: [{ phx_ref: {} }] },
  ])("leaves %j out, and no other entry", (entry) => {
    const filter = listening();
    const mixed = { eve: entry, ...state };
    expect(filter("presence_state", mixed)).toEqual({ payload: state, droppedCount: 1 });
    expect(filter("presence_diff", { joins: mixed, leaves: {} })).toEqual({ payload: diff, droppedCount: 1 });
    expect(filter("presence_diff", { joins: {}, leaves: mixed })).toEqual({
      payload: { joins: {}, leaves: { ada: { metas: [{ phx_ref: "1" }] } } },
      droppedCount: 0,
    });
  });

  it("leaves out all entries under a key that is too long, and no others", () => {
    const filter = listening();
    const entry = { metas: [{ phx_ref: "1" }, { phx_ref: "2" }] };
    const longest = { ["k".repeat(MAX_KEY_CHARS)]: entry };
    const mixed = { ["k".repeat(MAX_KEY_CHARS + 1)]: entry, ...longest };
    expect(filter("presence_state", mixed)).toEqual({ payload: longest, droppedCount: 2 });
    expect(filter("presence_diff", { joins: mixed, leaves: {} })).toEqual({
      payload: { joins: longest, leaves: {} },
      droppedCount: 2,
    });
    expect(filter("presence_diff", { joins: {}, leaves: mixed })).toEqual({
      payload: { joins: {}, leaves: longest },
      droppedCount: 0,
    });
  });

  it("keeps the other entries under the same key", () => {
    const metas = [null, { phx_ref: "1" }, { phx_ref: 2 }, { phx_ref: "3" }];
    expect(listening()("presence_state", { ada: { metas } })).toEqual({
      payload: { ada: { metas: [{ phx_ref: "1" }, { phx_ref: "3" }] } },
      droppedCount: 2,
    });
  });
});
