import { describe, expect, it } from "vitest";
import type { Query } from "./api.ts";
import { emptyList, type ListPage, readPages, withMore } from "./list-state.ts";

interface Row {
  readonly id: number;
  readonly state?: string;
}
const keyOf = ({ id }: Row) => String(id);

/** Serves numbers downwards from `top`, three a page. */
const server = (top: number) => {
  const asked: Query[] = [];
  const read = async (next: Query): Promise<ListPage<Row>> => {
    asked.push(next);
    const from = next["before"] === undefined ? top : Number(next["before"]) - 1;
    const rows = [from, from - 1, from - 2].filter((id) => id > 0).map((id) => ({ id }));
    return { rows, next: from - 3 > 0 ? { before: from - 2 } : null };
  };
  return { asked, read };
};

describe("a list in pages", () => {
  it("reads its first page when it has none, and as many as it shows when it is read again", async () => {
    const { asked, read } = server(7);
    const first = await readPages(0, read, keyOf, () => 5);
    expect(first).toMatchObject({ pageCount: 1, next: { before: 5 }, readAt: 5 });
    const again = await readPages(2, read, keyOf, () => 6);
    expect(again.rows.map(({ id }) => id)).toEqual([7, 6, 5, 4, 3, 2]);
    expect(asked).toEqual([{}, {}, { before: 5 }]);
  });

  it("ends earlier when it has become shorter", async () => {
    const { read } = server(4);
    expect(await readPages(5, read, keyOf, () => 0)).toMatchObject({ pageCount: 2, next: null });
  });

  it("shows a row once that moved onto the next page meanwhile, as it is now", () => {
    const first = withMore(emptyList, { rows: [{ id: 2, state: "old" }], next: { before: 2 } }, keyOf, 0);
    const second = withMore(first, { rows: [{ id: 2, state: "new" }, { id: 1 }], next: null }, keyOf, 0);
    expect(second.rows).toEqual([{ id: 2, state: "new" }, { id: 1 }]);
  });
});
