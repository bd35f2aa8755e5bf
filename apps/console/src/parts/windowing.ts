/** Which rows of a long list are drawn, and how much room stands for the others. */
export interface RowWindow {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
  readonly beforePx: number;
  readonly afterPx: number;
}

/** Rows drawn before and after those that are seen, so that a quick scroll shows no gap. */
const SPARE_ROWS = 12;

/** Returns the rows to draw for what is seen of a list whose rows all have the same height. */
export function rowWindow(
  { scrollPx, heightPx }: { readonly scrollPx: number; readonly heightPx: number },
  rowCount: number,
  rowHeightPx: number,
): RowWindow {
  const topRow = Math.floor(Math.max(0, scrollPx) / rowHeightPx);
  const first = Math.max(0, Math.min(topRow, rowCount - 1) - SPARE_ROWS);
  const end = Math.min(rowCount, topRow + Math.ceil(heightPx / rowHeightPx) + SPARE_ROWS);
  const last = Math.max(first, end);
  return { first, end: last, beforePx: first * rowHeightPx, afterPx: (rowCount - last) * rowHeightPx };
}

export interface Sorting {
  readonly column: string;
  readonly isDescending: boolean;
}

export type SortValue = string | number | null | undefined;

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Returns the rows in order; those without a value last, whichever the direction, and equals as they were. */
export function sorted<Row>(
  rows: readonly Row[],
  sortBy: (row: Row) => SortValue,
  isDescending: boolean,
): readonly Row[] {
  const direction = isDescending ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [sortBy(one) ?? null, sortBy(other) ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return (
      direction * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b)))
    );
  });
}
