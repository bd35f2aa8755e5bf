import { expect, it } from "vitest";
import { hasPart, pageOf } from "./page-of.ts";

const same = (row: string) => row;

it("goes through all rows page by page, each once, in the order of their keys", () => {
  const all = ["c", "a", "e", "b", "d"];
  const first = pageOf(all, same, { limit: 2 });
  expect(first).toEqual({ rows: ["a", "b"], after: "b", total: 5 });
  const second = pageOf(all, same, { limit: 2, after: "b" });
  expect(second).toEqual({ rows: ["c", "d"], after: "d", total: 5 });
  expect(pageOf(all, same, { limit: 2, after: "d" })).toEqual({ rows: ["e"], after: null, total: 5 });
});

it("goes on where the last row seen has gone, and ends where all after it have", () => {
  expect(pageOf(["a", "c"], same, { limit: 2, after: "b" })).toEqual({ rows: ["c"], after: null, total: 2 });
  expect(pageOf(["a"], same, { limit: 2, after: "b" })).toEqual({ rows: [], after: null, total: 1 });
  expect(pageOf([], same, { limit: 2 })).toEqual({ rows: [], after: null, total: 0 });
});

it("finds a part of one of the texts, and everything without one", () => {
  expect(hasPart("AM", "x", "Sam")).toBe(true);
  expect(hasPart("%", "x", "Sam")).toBe(false);
  expect(hasPart(undefined, "x")).toBe(true);
});
