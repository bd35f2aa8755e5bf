import { describe, expect, it } from "vitest";
import type { LobbyMember } from "../payload-codec.ts";
import { afterAction, afterScan, isPending, LOBBY_GRACE_MS, nextAction, type PersonRecord } from "./lobby-intake.ts";

const member = (over: Partial<LobbyMember> = {}): LobbyMember => ({
  userId: "u1",
  name: "Ada",
  status: "waiting",
  since: "2026-01-01T00:00:00Z",
  matchId: null,
  isBot: false,
  ...over,
});
const OWN = member();
const NEWER = "2026-01-01T00:01:00Z";
const OTHER = member({ since: NEWER, name: "thief" });
const person = (over: Partial<PersonRecord> = {}): PersonRecord => ({
  ...{ seen: [OWN], lastSeenMs: 0, openedSince: null, settled: new Set(), confirmed: new Set(), isOpen: false },
  ...{ doubtedUntilMs: null, heldUntilMs: null },
  ...over,
});
/** Waits as `OWN`, which the matchmaker has. */
const waits = (over: Partial<PersonRecord> = {}) =>
  person({ openedSince: OWN.since, settled: new Set([OWN.since]), isOpen: true, ...over });
const outside = () => false;
const inside = () => true;

describe("nextAction", () => {
  it("opens a ticket for a new wait, once", () => {
    const action = nextAction(person(), outside, 0);
    expect(action).toEqual({ kind: "open", member: OWN, shown: [], isDoubted: false });
    if (action) expect(nextAction(afterAction(person(), action, 0), outside, 0)).toBeNull();
  });

  it("takes a new since as a new ticket, also in the middle of a match", () => {
    const again = afterScan(waits(), [OTHER], 0);
    expect(nextAction(again, inside, 0)).toMatchObject({ kind: "open", member: { since: NEWER } });
  });

  it("confirms a match shown in the lobby, once", () => {
    const matched = person({ seen: [member({ status: "matched", matchId: "m1" })], isOpen: true });
    const confirm = nextAction(matched, outside, 0);
    expect(confirm).toEqual({ kind: "confirm", matchId: "m1" });
    if (confirm) expect(nextAction(afterAction(matched, confirm, 0), outside, 0)).toBeNull();
  });

  it("does nothing for somebody matched without a match id", () => {
    expect(nextAction(person({ seen: [member({ status: "matched" })] }), outside, 0)).toBeNull();
  });

  it("closes what is open when the person turns idle", () => {
    const idle = waits({ seen: [member({ status: "idle" })] });
    expect(nextAction(idle, outside, 0)).toEqual({ kind: "close", reason: "idle", since: OWN.since, isDoubted: false });
    expect(nextAction({ ...idle, isOpen: false }, outside, 0)).toBeNull();
  });

  it("closes nothing while another entry of the person waits or talks", () => {
    for (const status of ["waiting", "matched"] as const) {
      const seen = [member({ status }), member({ status: "idle", since: NEWER })];
      expect(nextAction(waits({ seen }), outside, 0)).toBeNull();
    }
  });

  it("gives somebody who left the lobby a moment to come back", () => {
    const gone = person({ seen: [], isOpen: true, lastSeenMs: 1000 });
    expect(nextAction(gone, outside, 1000 + LOBBY_GRACE_MS - 1)).toBeNull();
    const close = { kind: "close", reason: "left_lobby", since: null, isDoubted: true };
    expect(nextAction(gone, outside, 1000 + LOBBY_GRACE_MS)).toEqual(close);
  });

  it("leaves somebody who talks to a bot alone, however long the lobby does not show them", () => {
    expect(nextAction(person({ seen: [], isOpen: true }), inside, 1_000_000)).toBeNull();
  });

  it("opens the same wait again for somebody who comes back after having been closed", () => {
    const gone = waits({ seen: [] });
    const close = nextAction(gone, outside, LOBBY_GRACE_MS);
    expect(close).toEqual({ kind: "close", reason: "left_lobby", since: OWN.since, isDoubted: true });
    if (!close) return;
    const back = afterScan(afterAction(gone, close, 0), [OWN], LOBBY_GRACE_MS + 1);
    expect(nextAction(back, outside, LOBBY_GRACE_MS + 1)?.kind).toBe("open");
  });

  it("forgets somebody who is gone and has nothing open", () => {
    expect(nextAction(person({ seen: [] }), outside, LOBBY_GRACE_MS)).toEqual({ kind: "forget" });
  });
});

describe("an entry of somebody else in the name of a person", () => {
  const IDLE = member({ status: "idle", since: NEWER });

  it("is shown to the matchmaker beside the person's own, and asked for again while it is held", () => {
    const both = afterScan(waits(), [OWN, OTHER], 100);
    const action = nextAction(both, inside, 100);
    expect(action).toEqual({ kind: "open", member: OTHER, shown: [OWN], isDoubted: false });
    if (!action) return;
    const held = afterAction(both, action, 100, "held");
    expect(held).toMatchObject({ openedSince: OWN.since, isOpen: true });
    expect([nextAction(held, inside, 100 + LOBBY_GRACE_MS - 1), isPending(held)]).toEqual([null, true]);
    expect(nextAction(held, inside, 100 + LOBBY_GRACE_MS)).toEqual(action);
  });

  it.each([
    ["waits", OTHER, "open"],
    ["is idle", IDLE, "close"],
  ] as const)(
    "that %s counts, once the person's own is gone, after a while and outside of rooms",
    (_how, other, kind) => {
      const left = afterScan(afterScan(waits(), [OWN, other], 0), [other], 1000);
      for (const [isInRoom, nowMs, expected] of [
        [outside, 1000, null],
        [outside, 999 + LOBBY_GRACE_MS, null],
        [inside, 100_000, null],
        [outside, 1000 + LOBBY_GRACE_MS, kind],
      ] as const) {
        const action = nextAction(left, isInRoom, nowMs);
        // A bot of another replica may be with the person: only the matchmaker knows.
        expect(action).toEqual(expected && expect.objectContaining({ kind: expected, isDoubted: true }));
      }
      expect(isPending(left)).toBe(true);
    },
  );

  it.each([
    ["waits", OTHER],
    ["is idle", IDLE],
  ])("that %s ends nothing while the person is in a room and not in the lobby", (_how, other) => {
    const came = afterScan(afterScan(waits(), [], 0), [other], 60_000);
    expect(nextAction(came, inside, 60_000)).toBeNull();
    expect(nextAction(came, outside, 60_000)).not.toBeNull();
  });

  it("does not keep the person's own from beginning a new wait", () => {
    const both = afterAction(
      afterScan(waits(), [OWN, OTHER], 0),
      { kind: "open", member: OTHER, shown: [OWN], isDoubted: false },
      0,
      "held",
    );
    const anew = member({ since: "2026-01-01T00:02:00Z" });
    expect(nextAction(afterScan(both, [OTHER, anew], 10), inside, 10)).toMatchObject({ kind: "open" });
    expect(nextAction(afterScan(both, [anew], 10), inside, 10)).toEqual({
      kind: "open",
      member: anew,
      shown: [],
      isDoubted: false,
    });
  });
});

describe("afterScan", () => {
  it("counts the grace from the moment somebody was first missed", () => {
    const seen = afterScan(undefined, [OWN], 1000);
    const missed = afterScan(seen, [], 5000);
    expect(missed.lastSeenMs).toBe(5000);
    expect(afterScan(missed, [], 9000).lastSeenMs).toBe(5000);
  });

  it("keeps what was written across scans, as long as it is shown", () => {
    const known = waits({ confirmed: new Set(["m"]) });
    expect(afterScan(known, [OWN, OTHER], 1)).toMatchObject({
      openedSince: OWN.since,
      settled: new Set([OWN.since]),
      confirmed: new Set(),
      isOpen: true,
    });
  });
});
