import { describe, expect, it } from "vitest";
import type { LobbyMember } from "../payload-codec.ts";
import { LobbyReader, type LobbyScan } from "./lobby-reader.ts";

const OLDER = "2026-01-01T00:00:00Z";
const NEWER = "2026-01-01T00:01:00Z";
const entry = (over: Partial<LobbyMember> = {}, presence_ref = "r") => ({
  member: { userId: "u1", name: "Ada", status: "waiting", since: OLDER, matchId: null, isBot: false, ...over },
  presence_ref,
});

/** Scans to the end. */
function scanned(scan: Generator<undefined, LobbyScan>): LobbyScan {
  let step = scan.next();
  while (!step.done) step = scan.next();
  return step.value;
}

function makeReader() {
  const reads: unknown[] = [];
  const reader = new LobbyReader({
    read(given) {
      reads.push(given);
      return (given as { member?: LobbyMember }).member ?? null;
    },
    isBot: (userId) => userId.startsWith("bot-"),
  });
  const begin = (...entries: Record<string, unknown>[]) => reader.scan({ key: entries }, "own");
  return { reads, begin, scan: (...entries: Record<string, unknown>[]) => scanned(begin(...entries)) };
}

describe("reading the lobby", () => {
  it("counts people only, and what it cannot read", () => {
    const { people, malformed } = makeReader().scan(entry(), {}, entry({ userId: "b", isBot: true }, "r2"));
    expect([...people.keys()]).toEqual(["u1"]);
    expect(malformed).toBe(1);
  });

  it("leaves out what we show ourselves", () => {
    const reader = new LobbyReader({ read: () => null, isBot: () => false });
    expect(scanned(reader.scan({ own: [{}] }, "own"))).toEqual({ people: new Map(), malformed: 0, withBotId: 0 });
  });

  it("lists the waits of one person by their marks, and from then on as they come", () => {
    const { scan } = makeReader();
    const [newer, older] = [entry({ since: NEWER }, "r1"), entry({ since: OLDER }, "r2")];
    const marks = (...entries: Record<string, unknown>[]) =>
      scan(...entries)
        .people.get("u1")
        ?.map(({ since }) => since);
    expect(marks(newer, older)).toEqual([OLDER, NEWER]);
    expect(marks(entry({ since: "2025-01-01T00:00:00Z" }, "r3"), newer, older)).toEqual([
      OLDER,
      NEWER,
      "2025-01-01T00:00:00Z",
    ]);
    expect(marks(newer)).toEqual([NEWER]);
  });

  it("returns the same list while nothing changes", () => {
    const { scan } = makeReader();
    const entries = [entry({ since: NEWER }, "r1"), entry({ since: OLDER }, "r2")];
    const before = scan(...entries).people.get("u1");
    expect(scan(...entries.toReversed()).people.get("u1")).toBe(before);
  });

  it("keeps a person who was there first, however many entries others make in that name", () => {
    const { scan } = makeReader();
    const [own] = scan(entry()).people.get("u1") ?? [];
    const crowd = Array.from({ length: 1000 }, (_, index) => entry({ since: "2020-01-01T00:00:00Z" }, `x${index}`));
    const entries = scan(...crowd, entry()).people.get("u1");
    expect(entries?.[0]).toBe(own);
    expect(entries).toHaveLength(64);
  });

  it("leaves out who has the id of a bot, and counts the entry once", () => {
    const { scan } = makeReader();
    const first = scan(entry({ userId: "bot-1" }));
    expect([first.withBotId, first.people.size]).toEqual([1, 0]);
    expect(scan(entry({ userId: "bot-1" }), entry({ userId: "u2" }, "r2")).withBotId).toBe(0);
  });

  it("reads an entry once, and counts a bad one once, however often the lobby changes", () => {
    const { scan, reads } = makeReader();
    const [first] = [scan(entry(), { presence_ref: "bad" })];
    const second = scan(entry(), { presence_ref: "bad" }, entry({ userId: "u2" }, "r2"));
    expect(second.people.get("u1")).toBe(first.people.get("u1"));
    expect([first.malformed, second.malformed]).toEqual([1, 0]);
    expect(reads).toHaveLength(3);
  });

  it("pauses after each entry, and changes nothing where it is not ended", () => {
    const { begin, scan, reads } = makeReader();
    const before = scan(entry()).people.get("u1");
    const half = begin(entry({}, "r2"), entry({ userId: "u2" }, "r3"));
    half.next();
    expect(reads).toHaveLength(2);
    expect(scan(entry()).people.get("u1")).toBe(before);
    expect(reads).toHaveLength(2);
  });

  it("reads an entry again that was gone, and one that has changed", () => {
    const { scan, reads } = makeReader();
    scan(entry());
    scan();
    scan(entry());
    expect(scan(entry({ status: "idle" }, "r9")).people.get("u1")?.[0].status).toBe("idle");
    expect(reads).toHaveLength(3);
  });
});
