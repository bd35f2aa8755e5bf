/** What is asked of a list in memory. */
export interface PageQuery {
  /** 1 to 1,000. */
  readonly limit: number;
  /** The key of the last row seen. */
  readonly after?: string | undefined;
}

/** A page of a list in memory, by its key. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Of the next page, as its `after`; null: there is none. */
  readonly after: string | null;
  readonly total: number;
}

/** Returns the page of the rows after a key. Rows may come and go from page to page: the others keep their places. */
export function pageOf<Row>(all: readonly Row[], keyOf: (row: Row) => string, { limit, after }: PageQuery): Page<Row> {
  const following = after === undefined ? all : all.filter((row) => keyOf(row) > after);
  const sorted = following.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const rows = sorted.slice(0, limit);
  const last = rows.at(-1);
  return { rows, after: last === undefined || rows.length === sorted.length ? null : keyOf(last), total: all.length };
}

/** Whether one of the texts has that part, in small letters or capitals. */
export const hasPart = (search: string | undefined, ...texts: readonly string[]): boolean => {
  if (search === undefined) return true;
  const part = search.toLowerCase();
  return texts.some((text) => text.toLowerCase().includes(part));
};
