import { describe, expect, it } from "vitest";
import type { LobbyMember } from "../fleet-config.ts";
import { afterAction, afterScan, LOBBY_GRACE_MS, nextAction, type PersonRecord } from "./lobby-intake.ts";

const member = (over: Partial<LobbyMember> = {}): LobbyMember => ({
  userId: "u1",
  name: "Ada",
  status: "waiting",
  since: "2026-01-01T00:00:00Z",
  matchId: null,
  isBot: false,
  ...over,
});
const person = (over: Partial<PersonRecord> = {}): PersonRecord => ({
  seen: member(),
  lastSeenMs: 0,
  openedSince: null,
  confirmedMatchId: null,
  isOpen: false,
  ...over,
});
const NEWER = "2026-01-01T00:01:00Z";

describe("nextAction", () => {
  it("opens a ticket for a new wait, once", () => {
    const waiting = person();
    const action = nextAction(waiting, () => false, 0);
    expect(action).toEqual({ kind: "open", member: waiting.seen });
    if (action) expect(nextAction(afterAction(waiting, action), () => false, 0)).toBeNull();
  });

  it("takes a new since as a new ticket, also in the middle of a match", () => {
    const again = person({ seen: member({ since: NEWER }), openedSince: member().since, isOpen: true });
    expect(nextAction(again, () => true, 0)).toMatchObject({ kind: "open", member: { since: NEWER } });
  });

  it("confirms a match shown in the lobby, once", () => {
    const matched = person({ seen: member({ status: "matched", matchId: "m1" }), isOpen: true });
    expect(nextAction(matched, () => false, 0)).toEqual({ kind: "confirm", matchId: "m1" });
    expect(nextAction({ ...matched, confirmedMatchId: "m1" }, () => false, 0)).toBeNull();
  });

  it("does nothing for somebody matched without a match id", () => {
    expect(nextAction(person({ seen: member({ status: "matched" }) }), () => false, 0)).toBeNull();
  });

  it("closes what is open when the person turns idle", () => {
    const idle = person({ seen: member({ status: "idle" }), isOpen: true });
    expect(nextAction(idle, () => false, 0)).toEqual({ kind: "close", reason: "idle", since: null });
    expect(nextAction({ ...idle, isOpen: false }, () => false, 0)).toBeNull();
  });

  it("gives somebody who left the lobby a moment to come back", () => {
    const gone = person({ seen: null, isOpen: true, lastSeenMs: 1000 });
    expect(nextAction(gone, () => false, 1000 + LOBBY_GRACE_MS - 1)).toBeNull();
    expect(nextAction(gone, () => false, 1000 + LOBBY_GRACE_MS)).toEqual({
      kind: "close",
      reason: "left_lobby",
      since: null,
    });
  });

  it("leaves somebody who talks to a bot alone, however long the lobby does not show them", () => {
    expect(nextAction(person({ seen: null, isOpen: true }), () => true, 1_000_000)).toBeNull();
  });

  it("opens the same wait again for somebody who comes back after having been closed", () => {
    const gone = person({ seen: null, openedSince: member().since, isOpen: true });
    const close = nextAction(gone, () => false, LOBBY_GRACE_MS);
    expect(close).toEqual({ kind: "close", reason: "left_lobby", since: member().since });
    if (!close) return;
    const back = afterScan(afterAction(gone, close), member(), LOBBY_GRACE_MS + 1);
    expect(nextAction(back, () => false, LOBBY_GRACE_MS + 1)?.kind).toBe("open");
  });

  it("forgets somebody who is gone and has nothing open", () => {
    expect(nextAction(person({ seen: null }), () => false, LOBBY_GRACE_MS)).toEqual({ kind: "forget" });
  });
});

describe("afterScan", () => {
  it("counts the grace from the moment somebody was first missed", () => {
    const seen = afterScan(undefined, member(), 1000);
    const missed = afterScan(seen, null, 5000);
    expect(missed.lastSeenMs).toBe(5000);
    expect(afterScan(missed, null, 9000).lastSeenMs).toBe(5000);
  });

  it("keeps what was written across scans", () => {
    const known = person({ openedSince: "x", confirmedMatchId: "m", isOpen: true });
    expect(afterScan(known, member({ since: NEWER }), 1)).toMatchObject({
      openedSince: "x",
      confirmedMatchId: "m",
      isOpen: true,
    });
  });
});
