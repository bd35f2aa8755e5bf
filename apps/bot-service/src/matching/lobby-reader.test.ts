import { describe, expect, it } from "vitest";
import type { LobbyMember } from "../fleet-config.ts";
import { LobbyReader } from "./lobby-reader.ts";

const OLDER = "2026-01-01T00:00:00Z";
const NEWER = "2026-01-01T00:01:00Z";
const entry = (over: Partial<LobbyMember> = {}, presence_ref = "r") => ({
  member: { userId: "u1", name: "Ada", status: "waiting", since: OLDER, matchId: null, isBot: false, ...over },
  presence_ref,
});

function makeReader() {
  const reads: unknown[] = [];
  const reader = new LobbyReader((given) => {
    reads.push(given);
    return (given as { member?: LobbyMember }).member ?? null;
  });
  return { reads, scan: (...entries: Record<string, unknown>[]) => reader.scan({ key: entries }, "own") };
}

describe("reading the lobby", () => {
  it("counts people only, and what it cannot read", () => {
    const { people, malformed } = makeReader().scan(entry(), {}, entry({ userId: "b", isBot: true }, "r2"));
    expect([...people.keys()]).toEqual(["u1"]);
    expect(malformed).toBe(1);
  });

  it("leaves out what we show ourselves", () => {
    expect(new LobbyReader(() => null).scan({ own: [{}] }, "own")).toEqual({ people: new Map(), malformed: 0 });
  });

  it("takes the newest of several waits of one person", () => {
    const { people } = makeReader().scan(entry({ since: NEWER }, "r1"), entry({ since: OLDER }, "r2"));
    expect(people.get("u1")?.since).toBe(NEWER);
  });

  it.each(["waiting", "matched"] as const)("takes the tab that is %s before a newer one that idles", (status) => {
    const busy = entry({ status }, "r1");
    const idle = entry({ status: "idle", since: NEWER }, "r2");
    for (const tabs of [
      [busy, idle],
      [idle, busy],
    ]) {
      expect(
        makeReader()
          .scan(...tabs)
          .people.get("u1")?.status,
      ).toBe(status);
    }
  });

  it("reads an entry once, and counts a bad one once, however often the lobby changes", () => {
    const { scan, reads } = makeReader();
    const [first] = [scan(entry(), { presence_ref: "bad" })];
    const second = scan(entry(), { presence_ref: "bad" }, entry({ userId: "u2" }, "r2"));
    expect(second.people.get("u1")).toBe(first.people.get("u1"));
    expect([first.malformed, second.malformed]).toEqual([1, 0]);
    expect(reads).toHaveLength(3);
  });

  it("reads an entry again that was gone, and one that has changed", () => {
    const { scan, reads } = makeReader();
    scan(entry());
    scan();
    scan(entry());
    expect(scan(entry({ status: "idle" }, "r9")).people.get("u1")?.status).toBe("idle");
    expect(reads).toHaveLength(3);
  });
});
