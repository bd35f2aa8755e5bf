import { expect, it } from "vitest";
import { decodeFrame, LENGTH_BYTES } from "../child/frames.ts";
import { KnownParts } from "./known-parts.ts";

const decoded = (frame: Uint8Array | undefined) => frame && decodeFrame(frame.subarray(LENGTH_BYTES));
const messageOf = (frame: Uint8Array | undefined) => decoded(frame)?.message;

it("sends each part once, with a number of its own", () => {
  const known = new KnownParts();
  const candles = [Float64Array.of(1, 2), Float64Array.of(3, 4)];
  const [a, b, c] = [known.take("a"), known.take("b"), known.take(candles)];
  expect([a.number, b.number, c.number]).toEqual([1, 2, 3]);
  expect(messageOf(b.frame)).toEqual({ kind: "keep", number: 2, source: "b", forgotten: [] });
  expect(decoded(c.frame)).toMatchObject({ message: { kind: "keep", number: 3, forgotten: [] }, columns: candles });
  expect(known.take("a")).toEqual({ number: 1, frame: undefined });
  expect(known.take(candles)).toEqual({ number: 3, frame: undefined });
  // Equal is not enough: whoever has the same object looked for it.
  expect(known.take(candles.map((column) => column.slice())).number).toBe(4);
});

it("makes room by those that a run had longest ago, and sends them anew under another number", () => {
  const known = new KnownParts();
  const source = (name: string) => name.repeat(256 * 1024);
  const candles = [new Float64Array(128 * 1024)];
  for (const name of ["a", "b", "c", "d", "e", "f"]) known.take(source(name));
  known.take(candles);
  known.take(source("a"));
  expect(messageOf(known.take(source("g")).frame)).toMatchObject({ number: 8, forgotten: [2] });
  expect(known.take(source("a")).frame).toBeUndefined();
  expect(messageOf(known.take(source("b")).frame)).toMatchObject({ number: 9, forgotten: [3] });
  for (const name of ["h", "i", "j"]) known.take(source(name));
  expect(messageOf(known.take(source("k")).frame)).toMatchObject({ number: 13, forgotten: [7] });
  expect(messageOf(known.take(candles).frame)).toMatchObject({ number: 14, forgotten: [8] });
});

it("lets candles go with their run that would take the place of much else", () => {
  const known = new KnownParts();
  known.take("a");
  expect(known.take([new Float64Array(128 * 1024), new Float64Array(1)])).toEqual({ number: 0, frame: undefined });
  expect(known.take("a").frame).toBeUndefined();
});
