import { expect, test } from "vitest";
import { givenColumns } from "./given-columns.ts";

type Columns = readonly [Float64Array, Float64Array];
const makeColumns = (): Columns => [Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 6, 7, 8)];
const window = (columns: readonly Float64Array[], from: number, to: number) =>
  columns.map((column) => column.subarray(from, to));

test("the same memory is one object, from the second time on", () => {
  const columns = makeColumns();
  const first = givenColumns(window(columns, 1, 3));
  const second = givenColumns(window(columns, 1, 3));
  expect([first.isRepeated, second.isRepeated]).toEqual([false, true]);
  expect(second.columns).toBe(first.columns);
});

test.each<[string, (columns: Columns) => readonly Float64Array[]]>([
  ["that begin later", (columns) => window(columns, 2, 4)],
  ["that end earlier", (columns) => window(columns, 1, 2)],
  ["of which one is of other memory", ([first, second]) => window([first, second.slice()], 1, 3)],
  ["of which one lies elsewhere", ([first, second]) => [first.subarray(1, 3), second.subarray(2, 4)]],
  ["that are fewer", (columns) => window(columns, 1, 3).slice(0, 1)],
  ["that are more", (columns) => [...window(columns, 1, 3), Float64Array.of(1, 2)]],
  ["in another order", (columns) => window([...columns].reverse(), 1, 3)],
  ["that are equal and of other memory", (columns) => window(columns, 1, 3).map((column) => column.slice())],
])("columns %s are others", (_, change) => {
  const columns = makeColumns();
  givenColumns(window(columns, 1, 3));
  expect(givenColumns(change(columns)).isRepeated).toBe(false);
});

test("windows of one memory are remembered beside each other, the newest ones only", () => {
  const columns = [new Float64Array(100)];
  const give = (from: number) => givenColumns(window(columns, from, from + 10)).isRepeated;
  expect([give(0), give(1), give(0), give(1)]).toEqual([false, false, true, true]);
  for (let from = 10; from < 50; from += 1) give(from);
  expect([give(49), give(0)]).toEqual([true, false]);
});

test("a run without candles has none to be kept", () => {
  expect([givenColumns([]), givenColumns([])].map(({ isRepeated }) => isRepeated)).toEqual([false, false]);
});
