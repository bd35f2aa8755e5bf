import { expect, it } from "vitest";
import { decodeFrame, LENGTH_BYTES } from "../child/frames.ts";
import { KnownSources } from "./known-sources.ts";

const messageOf = (frame: Uint8Array | undefined) => frame && decodeFrame(frame.subarray(LENGTH_BYTES)).message;

it("sends each source once, with a number of its own", () => {
  const known = new KnownSources();
  const [a, b] = [known.take("a"), known.take("b")];
  expect([a.number, b.number]).toEqual([1, 2]);
  expect(messageOf(b.frame)).toEqual({ kind: "source", number: 2, source: "b", forgotten: [] });
  expect(known.take("a")).toEqual({ number: 1, frame: undefined });
});

it("makes room by those that ran longest ago, and sends them anew under another number", () => {
  const known = new KnownSources();
  const source = (name: string) => name.repeat(256 * 1024);
  for (const name of ["a", "b", "c", "d"]) known.take(source(name));
  known.take(source("a"));
  expect(messageOf(known.take(source("e")).frame)).toMatchObject({ number: 5, forgotten: [2] });
  expect(known.take(source("a")).frame).toBeUndefined();
  expect(messageOf(known.take(source("b")).frame)).toMatchObject({ number: 6, forgotten: [3] });
  // One that is too large alone takes the place of all.
  expect(messageOf(known.take("x".repeat(3_000_000)).frame)).toMatchObject({ number: 7, forgotten: [4, 5, 1, 6] });
});
