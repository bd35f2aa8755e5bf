import type { ApiError, Query } from "./api.ts";

/** What is known of a list that is read in pages. */
export interface ListState<Row> {
  readonly rows: readonly Row[];
  /** How many pages `rows` are. 0: nothing has been read yet. */
  readonly pageCount: number;
  /** What to ask for after the last row; null where there is no more. */
  readonly next: Query | null;
  /** Why the last attempt failed; the rows are then those of the last one that did not. */
  readonly error: ApiError | null;
  readonly readAt: number | null;
}

/** One page, as it was read. */
export interface ListPage<Row> {
  readonly rows: readonly Row[];
  readonly next: Query | null;
}

export const emptyList: ListState<never> = { rows: [], pageCount: 0, next: null, error: null, readAt: null };

/** Returns the list with a page added at its end. A row that moved onto it meanwhile is shown once, as it is now. */
export function withMore<Row>(
  list: ListState<Row>,
  page: ListPage<Row>,
  keyOf: (row: Row) => string,
  readAt: number,
): ListState<Row> {
  return {
    rows: unique([...list.rows, ...page.rows], keyOf),
    pageCount: list.pageCount + 1,
    next: page.next,
    error: null,
    readAt,
  };
}

/** Reads again as many pages as are shown. A list that became shorter ends with the page after which there is no more. */
export async function readPages<Row>(
  pageCount: number,
  read: (next: Query) => Promise<ListPage<Row>>,
  keyOf: (row: Row) => string,
  now: () => number,
): Promise<ListState<Row>> {
  let list: ListState<Row> = emptyList;
  for (let next: Query | null = {}; next && list.pageCount < Math.max(1, pageCount); next = list.next) {
    list = withMore(list, await read(next), keyOf, now());
  }
  return list;
}

const unique = <Row>(rows: readonly Row[], keyOf: (row: Row) => string) => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
];
