import { describe, expect, it } from "vitest";
import type { Lease } from "./lease.ts";
import { expire, firstExpiryMs, granted, type LeaseBook, removed, renewed } from "./lease-book.ts";

const EMPTY: LeaseBook = new Map();
const lease = (resource: string, epoch = 1): Lease => ({ resource, holder: "a", epoch });
const names = (book: LeaseBook) => [...book.keys()].sort();

describe("the book of leases", () => {
  it("counts a term from the moment the request went out", () => {
    const book = granted(EMPTY, [lease("x")], 100, 30);
    expect(firstExpiryMs(book)).toBe(130);
    expect(expire(book, 129).lost).toEqual([]);
    expect(expire(book, 130)).toEqual({ book: EMPTY, lost: [lease("x")] });
  });

  it("knows the first of several ends, and none when empty", () => {
    const book = granted(granted(EMPTY, [lease("late")], 50, 30), [lease("early")], 10, 30);
    expect(firstExpiryMs(book)).toBe(40);
    expect(firstExpiryMs(EMPTY)).toBeUndefined();
  });

  it("keeps the later epoch when two answers arrive in the wrong order", () => {
    const book = granted(granted(EMPTY, [lease("x", 2)], 20, 30), [lease("x", 1)], 10, 30);
    expect(book.get("x")).toEqual({ lease: lease("x", 2), validUntilMs: 50 });
  });

  it("extends what a renewal confirmed and loses what it did not", () => {
    const before = granted(EMPTY, [lease("kept"), lease("gone")], 0, 30);
    const { book, lost } = renewed(before, [lease("kept"), lease("gone")], ["kept"], 10, 30);
    expect(book.get("kept")?.validUntilMs).toBe(40);
    expect(names(book)).toEqual(["kept"]);
    expect(lost).toEqual([lease("gone")]);
  });

  it.each([
    ["was released meanwhile", EMPTY],
    ["was won anew meanwhile", granted(EMPTY, [lease("x", 2)], 5, 30)],
  ])("leaves a lease alone that %s when a late renewal does not name it", (_what, now) => {
    expect(renewed(now, [lease("x", 1)], [], 0, 30)).toEqual({ book: now, lost: [] });
  });

  it("does not bring back a released lease when a late renewal confirms it", () => {
    expect(renewed(EMPTY, [lease("x")], ["x"], 0, 30).book).toEqual(EMPTY);
  });

  it("removes what is there and ignores what is not", () => {
    const { book, leases } = removed(granted(EMPTY, [lease("x"), lease("y")], 0, 30), ["x", "z"]);
    expect(names(book)).toEqual(["y"]);
    expect(leases).toEqual([lease("x")]);
  });
});
