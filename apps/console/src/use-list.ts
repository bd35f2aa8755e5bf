import { batch, type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import { SECOND_MS } from "@shoal/kernel";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { clock } from "./adapters/browser.ts";
import { api, asApiError, type Query } from "./api.ts";
import { emptyList, type ListPage, type ListState, readPages, withMore } from "./list-state.ts";
import { createSingleFlight } from "./single-flight.ts";
import { useRepeat } from "./use-repeat.ts";

/** How often a list is read again while it can be seen. */
const REFRESH_MS = 10 * SECOND_MS;

export interface ListOptions<Row, Body> {
  /** Path of the API: `/api/jobs`. */
  readonly path: string;
  /** Filters, and `limit`. Another query starts the list anew. */
  readonly query?: Query;
  readonly rows: (body: Body) => readonly Row[];
  /** What the query of the next page has besides; null where there is none. Given the body and its last row; a page without rows is the end. */
  readonly next?: (body: Body, last: Row) => Query | null;
  /** The same where the body says by itself what comes next: also a page without rows may have one. */
  readonly after?: (body: Body) => Query | null;
  readonly key: (row: Row) => string;
  /** Whether it is read again every 10 s at first: true unless given. */
  readonly isLive?: boolean;
}

export interface List<Row> {
  readonly state: ReadonlySignal<ListState<Row>>;
  readonly key: (row: Row) => string;
  /** Whether it is read again every 10 s; the switch "live" of the filter bar. */
  readonly isLive: Signal<boolean>;
  readonly isBusy: ReadonlySignal<boolean>;
  /** Reads the next page. */
  more(): Promise<void>;
  /** Reads again what is shown. Call it after an action on a row. */
  refresh(): Promise<void>;
}

/**
 * Reads a list in pages, and again every 10 s while the tab is visible and `isLive` is on. Never two requests at once. Rows that are
 * still there keep their elements, and so scroll and focus.
 */
export function useList<Row, Body>(options: ListOptions<Row, Body>): List<Row> {
  const state = useSignal<ListState<Row>>(emptyList);
  const isLive = useSignal(options.isLive ?? true);
  const isBusy = useSignal(false);
  const latest = useRef(options);
  latest.current = options;
  const question = JSON.stringify([options.path, options.query ?? {}]);
  const reader = useMemo(() => {
    const abort = new AbortController();
    const read = async (from: Query): Promise<ListPage<Row>> => {
      const { path, query, rows, next: nextOf, after } = latest.current;
      const body = await api.get<Body>(path, { ...query, ...from }, abort.signal);
      const page = rows(body);
      const last = page.at(-1);
      const next = after ? after(body) : last === undefined ? null : (nextOf?.(body, last) ?? null);
      return { rows: page, next };
    };
    let wantsMore = false;
    const flight = createSingleFlight(async () => {
      const { key } = latest.current;
      const before = state.peek();
      isBusy.value = true;
      const isMore = wantsMore && before.next !== null;
      wantsMore = false;
      try {
        const after =
          isMore && before.next
            ? withMore(before, await read(before.next), key, clock.now())
            : await readPages(before.pageCount, read, key, clock.now);
        if (!abort.signal.aborted) state.value = after;
      } catch (thrown) {
        if (!abort.signal.aborted) state.value = { ...before, error: asApiError(thrown) };
      } finally {
        if (!abort.signal.aborted) isBusy.value = false;
      }
    });
    const more = () => {
      wantsMore = true;
      return flight();
    };
    return { refresh: flight, more, end: () => abort.abort() };
  }, [question]);
  useEffect(() => {
    batch(() => {
      state.value = emptyList;
      isBusy.value = false;
    });
    void reader.refresh();
    return reader.end;
  }, [reader]);
  useRepeat(reader.refresh, isLive.value ? REFRESH_MS : null);
  return { state, key: options.key, isLive, isBusy, more: reader.more, refresh: reader.refresh };
}
