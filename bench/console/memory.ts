import { createFeed, createHistory, SERIES } from "@shoal/bot-service/internals";
import { SECOND_MS } from "@shoal/kernel";
import { createSimulatedClock } from "@shoal/testkit";

/** What is kept for consoles when it is full: the rings of events and lines, and a day of histories. */
export function measureMemory() {
  let seconds = 0;
  const monotonicMs = () => {
    // Of one type so many pass in a second: each is in another.
    seconds += 1;
    return seconds * SECOND_MS;
  };
  const feed = createFeed({ clock: { ...createSimulatedClock(), monotonicMs }, bootId: crypto.randomUUID() });
  const line = `${JSON.stringify({ level: "info", time: "2026-01-01T00:00:00.000Z", service: "shoal", msg: "m", field: "x".repeat(1900) })}\n`;
  for (let count = 0; count < 2000; count += 1) {
    feed.event(`type:${count}`, { subject: "s".repeat(200), summary: { reason: "r".repeat(200) } });
    feed.line(line);
  }
  const ringBytes = feed.byteCount;
  const historyBytes = createHistory(SERIES).byteCount;
  return { ringBytes, historyBytes, series: Object.keys(SERIES).length, keptBytes: ringBytes + historyBytes };
}
