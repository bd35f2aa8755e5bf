import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { consoleEvent } from "../http/console-stream-bodies.ts";
import * as tables from "./events.ts";
import { createFeed, type Shown } from "./feed.ts";

/** An event that has whatever is asked of it: numbers and lists by their names, and texts. */
const anyEvent = (type: string): object =>
  new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === "match") return { matchId: "m", seats: [{ bot: true }] };
        if (type === "match:made" && name === "waitMs") return [60.25];
        if (/^(missing|joined|gone)$/.test(String(name))) return ["a", "b"];
        return /Ms$|count$|attempt|^code$|ratio|fuel/i.test(String(name)) ? 1.5 : `the ${String(name)}`;
      },
    },
  );

const rows = Object.values(tables).flatMap((table) =>
  Object.entries(table as Record<string, (event: object) => Shown | null>),
);

describe("what consoles are shown of an event", () => {
  it.each(rows)("%s is ids, numbers and words, by the schema", (type, show) => {
    const feed = createFeed({ clock: createSimulatedClock(), bootId: "b" });
    const shown = show(anyEvent(type));
    if (shown) feed.event(type, shown);
    const [frame] = feed.since(0).frames;
    const event = consoleEvent.parse(JSON.parse(/^data: (.*)$/m.exec(frame?.text ?? "")?.[1] ?? "null"));
    expect(event.type).toBe(type);
    for (const [name, value] of Object.entries(event.summary)) {
      expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(value).not.toBeUndefined();
      // What people say and are called is in no event.
      expect(String(value)).not.toMatch(/the (text|name|payload|message|body|config|error)$/);
    }
  });
});
