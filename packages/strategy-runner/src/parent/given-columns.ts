/** Of one memory: strategies that ask for fewer candles of a series have windows of their own. */
const MOST_WINDOWS = 8;

/** Columns that runs were given, by the memory of the first one, newest last. */
const given = new WeakMap<ArrayBufferLike, (readonly Float64Array[])[]>();

/**
 * Returns the object that stands for these columns, which is the same one each time that the same memory is given: nobody writes into it any more. `isRepeated`:
 * they were given before. In a backtest they never are: each run has a window that begins one candle later.
 */
export function givenColumns(columns: readonly Float64Array[]): {
  readonly columns: readonly Float64Array[];
  readonly isRepeated: boolean;
} {
  const [first] = columns;
  if (first === undefined) return { columns, isRepeated: false };
  const windows = given.get(first.buffer) ?? [];
  const known = windows.find((window) => isSameMemory(window, columns));
  if (known !== undefined) return { columns: known, isRepeated: true };
  if (windows.push(columns) > MOST_WINDOWS) windows.shift();
  given.set(first.buffer, windows);
  return { columns, isRepeated: false };
}

function isSameMemory(left: readonly Float64Array[], right: readonly Float64Array[]): boolean {
  return left.length === right.length && left.every((column, at) => isSameColumn(column, right[at] as Float64Array));
}

function isSameColumn(left: Float64Array, right: Float64Array): boolean {
  if (left === right) return true;
  return left.byteOffset === right.byteOffset && left.length === right.length && left.buffer === right.buffer;
}
