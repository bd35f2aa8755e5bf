import { describe, expect, it } from "vitest";
import { createPresenceFilter } from "./presence-filter.ts";

describe("the presence filter", () => {
  it("lets presence through where it is listened to, and everything else everywhere", () => {
    const filter = createPresenceFilter();
    filter.listen("realtime:lobby", true);
    expect(filter.accepts({ topic: "realtime:lobby", event: "presence_state" })).toBe(true);
    expect(filter.accepts({ topic: "realtime:lobby", event: "presence_diff" })).toBe(true);
    expect(filter.accepts({ topic: "realtime:room:1", event: "presence_diff" })).toBe(false);
    expect(filter.accepts({ topic: "realtime:room:1", event: "presence_state" })).toBe(false);
    expect(filter.accepts({ topic: "realtime:room:1", event: "broadcast" })).toBe(true);
  });

  it("forgets a topic whose next channel does not listen", () => {
    const filter = createPresenceFilter();
    filter.listen("realtime:lobby", true);
    filter.listen("realtime:lobby", false);
    expect(filter.accepts({ topic: "realtime:lobby", event: "presence_diff" })).toBe(false);
  });
});
