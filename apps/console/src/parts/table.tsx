import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { formatCount, plural } from "../format.ts";
import { addressOf } from "../router.ts";
import type { List } from "../use-list.ts";
import { Button } from "./button.tsx";
import { Scroll } from "./scroll.tsx";
import { Empty, Failed, Loading } from "./states.tsx";
import { keepFocus, moveByKeys } from "./table-focus.ts";
import { rowWindow, type Sorting, type SortValue, sorted } from "./windowing.ts";

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the end of their column, in digits of one width. */
  readonly isNumber?: boolean | undefined;
  /** Width: `12rem`, `20%`. Columns without one share what is left. */
  readonly width?: string | undefined;
  /** Left out where the page is narrow. */
  readonly isMinor?: boolean | undefined;
  /** Lets the reader sort by it. Only where all rows are there: sorting one page of many would lie. */
  readonly sortBy?: ((row: Row) => SortValue) | undefined;
}

export interface TableProps<Row> {
  /** What the rows are, for screen readers and for what is said when there are none: "Bots". */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Either a list that is read in pages … */
  readonly list?: List<Row> | undefined;
  /** … or rows that are all there, with their key. */
  readonly rows?: readonly Row[] | undefined;
  /** By its place for rows that stream in from above: elements then stay where they are, and their content changes. */
  readonly rowKey?: ((row: Row, index: number) => string) | undefined;
  /** Path of the page of a row: `/jobs/7`. The first column becomes the link. */
  readonly rowLink?: ((row: Row) => string) | undefined;
  /** Keys of the rows that are chosen; gives each row a box, and the head one for all that are shown. */
  readonly selection?: Signal<ReadonlySet<string>> | undefined;
  /** Name of a row for its box: "Select job 7". */
  readonly rowName?: ((row: Row) => string) | undefined;
  /** Draws only what is seen, in a box of its own: for thousands of rows. All rows then have one height, and cells one line. */
  readonly isWindowed?: boolean | undefined;
  readonly empty?: ComponentChildren | undefined;
  /** Told when a windowed table is scrolled away from its first row, and back. */
  readonly onScrolled?: ((isAtTop: boolean) => void) | undefined;
}

/** Height of a row of a windowed table, as in the stylesheet. */
const ROW_PX = 32;
const WINDOW_PX = 600;

/** A table: read in pages or whole, with its states empty, loading and failed. */
export function Table<Row>(props: TableProps<Row>) {
  const { label, list, empty } = props;
  const state = list?.state.value;
  const rows = state?.rows ?? props.rows ?? [];
  if (state && state.pageCount === 0) {
    return state.error ? (
      <Failed error={state.error} onRetry={list?.refresh} />
    ) : (
      <Loading label={`Loading: ${label}`} />
    );
  }
  return (
    <div class="table-whole">
      {state?.error && <Failed error={state.error} onRetry={list?.refresh} isStale />}
      {rows.length > 0 && <Grid {...props} rows={rows} />}
      {rows.length === 0 && (state?.next ? <NoneSoFar label={label} /> : (empty ?? <Empty title={`${label}: none`} />))}
      {list && (rows.length > 0 || state?.next) && <More list={list} label={label} />}
    </div>
  );
}

/** A page of a search that looks at so many rows at a time may have none, and yet a next one. */
const NoneSoFar = ({ label }: { readonly label: string }) => (
  <Empty title={`${label}: none so far`}>There are more to look at: press Show more.</Empty>
);

function More<Row>({ list, label }: { readonly list: List<Row>; readonly label: string }) {
  const { rows, next } = list.state.value;
  return (
    <div class="table-foot">
      <span class="hint">
        {plural(rows.length, "row")}
        {next === null ? "" : " of more"}
      </span>
      {next !== null && (
        <Button onPress={list.more} isBusy={list.isBusy.value} label={`Show more: ${label}`}>
          Show more
        </Button>
      )}
    </div>
  );
}

function Grid<Row>(props: TableProps<Row> & { readonly rows: readonly Row[] }) {
  const { label, columns, list, isWindowed } = props;
  const box = useRef<HTMLElement>(null);
  const sorting = useSignal<Sorting | null>(null);
  const seen = useSignal({ scrollPx: 0, heightPx: WINDOW_PX });
  const keyOf = list?.key ?? props.rowKey ?? String;
  const by = columns.find(({ key }) => key === sorting.value?.column)?.sortBy;
  const rows = by ? sorted(props.rows, by, sorting.value?.isDescending ?? false) : props.rows;
  const part = isWindowed
    ? rowWindow(seen.value, rows.length, ROW_PX)
    : { first: 0, end: rows.length, beforePx: 0, afterPx: 0 };
  const restore = keepFocus(box.current);
  useLayoutEffect(restore);
  const onScroll = () => {
    if (!box.current) return;
    const { scrollTop, clientHeight, scrollHeight } = box.current;
    seen.value = { scrollPx: scrollTop, heightPx: clientHeight };
    props.onScrolled?.(scrollTop === 0);
    const isNearEnd = scrollTop + clientHeight > scrollHeight - 20 * ROW_PX;
    if (list && isNearEnd && list.state.value.next && !list.isBusy.value) void list.more();
  };
  return (
    <Scroll
      box={box}
      class={`table-box ${isWindowed ? "windowed" : ""}`}
      label={label}
      onScroll={isWindowed ? onScroll : undefined}
      onKeyDown={moveByKeys}
    >
      <table aria-rowcount={isWindowed ? rows.length + 1 : undefined} aria-label={label}>
        <Head {...props} rows={rows} keyOf={keyOf} sorting={sorting} />
        {part.beforePx > 0 && <Spacer heightPx={part.beforePx} />}
        <tbody>
          {rows.slice(part.first, part.end).map((row, index) => (
            <TableRow
              key={keyOf(row, part.first + index)}
              {...{ ...props, row }}
              rowKeyText={keyOf(row, part.first + index)}
              rowIndex={isWindowed ? part.first + index + 2 : undefined}
            />
          ))}
        </tbody>
        {part.afterPx > 0 && <Spacer heightPx={part.afterPx} />}
      </table>
    </Scroll>
  );
}

const Spacer = ({ heightPx }: { readonly heightPx: number }) => (
  <tbody aria-hidden="true">
    <tr class="spacer" style={{ height: `${heightPx}px` }} />
  </tbody>
);

const classOf = <Row,>({ isNumber, isMinor }: Column<Row>) =>
  [isNumber && "number", isMinor && "minor"].filter(Boolean).join(" ") || undefined;

function Head<Row>({
  columns,
  selection,
  rows,
  keyOf,
  sorting,
  label,
}: TableProps<Row> & {
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, index: number) => string;
  readonly sorting: Signal<Sorting | null>;
}) {
  const isAll =
    selection !== undefined && rows.length > 0 && rows.every((row, index) => selection.value.has(keyOf(row, index)));
  return (
    <thead>
      <tr>
        {selection && (
          <th class="select" scope="col">
            <input
              type="checkbox"
              aria-label={`Select all ${formatCount(rows.length)} that are shown: ${label}`}
              checked={isAll}
              indeterminate={!isAll && selection.value.size > 0}
              onChange={() => {
                selection.value = isAll ? new Set() : new Set(rows.map(keyOf));
              }}
            />
          </th>
        )}
        {columns.map((column) => (
          <th
            key={column.key}
            scope="col"
            class={classOf(column)}
            style={column.width === undefined ? undefined : { width: column.width }}
            aria-sort={ariaSort(column, sorting.value)}
          >
            {column.sortBy ? <SortButton column={column} sorting={sorting} /> : column.title}
          </th>
        ))}
      </tr>
    </thead>
  );
}

const ariaSort = <Row,>({ key, sortBy }: Column<Row>, sorting: Sorting | null) => {
  if (!sortBy || sorting?.column !== key) return undefined;
  return sorting.isDescending ? "descending" : "ascending";
};

/** Up, down, and back to the order in which they came. */
function SortButton<Row>({
  column,
  sorting,
}: {
  readonly column: Column<Row>;
  readonly sorting: Signal<Sorting | null>;
}) {
  const present = sorting.value?.column === column.key ? sorting.value : null;
  const press = () => {
    if (present?.isDescending) sorting.value = null;
    else sorting.value = { column: column.key, isDescending: present !== null };
  };
  return (
    <button type="button" class="sort" onClick={press}>
      {column.title}
      <span aria-hidden="true">{present ? (present.isDescending ? " ↓" : " ↑") : " ↕"}</span>
    </button>
  );
}

function TableRow<Row>({
  row,
  rowKeyText,
  rowIndex,
  columns,
  rowLink,
  rowName,
  selection,
}: TableProps<Row> & { readonly row: Row; readonly rowKeyText: string; readonly rowIndex: number | undefined }) {
  const nameId = useId();
  const isChosen = selection?.value.has(rowKeyText) ?? false;
  const choose = () => {
    if (!selection) return;
    const chosen = new Set(selection.value);
    if (!chosen.delete(rowKeyText)) chosen.add(rowKeyText);
    selection.value = chosen;
  };
  return (
    <tr aria-rowindex={rowIndex} data-key={rowKeyText} class={isChosen ? "chosen" : undefined}>
      {selection && (
        <td class="select">
          <input
            type="checkbox"
            checked={isChosen}
            aria-label={`Select ${rowName?.(row) ?? rowKeyText}`}
            onChange={choose}
          />
        </td>
      )}
      {columns.map((column, index) => (
        <td key={column.key} class={classOf(column)} id={index === 0 ? nameId : undefined}>
          {index === 0 && rowLink ? <a href={addressOf(rowLink(row))}>{column.cell(row)}</a> : column.cell(row)}
        </td>
      ))}
    </tr>
  );
}
