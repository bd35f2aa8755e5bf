import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type ApiError, api, asApiError, type Query } from "./api.ts";
import { createSingleFlight } from "./single-flight.ts";
import { useRepeat } from "./use-repeat.ts";

export interface Resource<T> {
  /** What was read last; null before. Stays while another attempt fails. */
  readonly value: ReadonlySignal<T | null>;
  readonly error: ReadonlySignal<ApiError | null>;
  refresh(): Promise<void>;
}

/** Reads one thing of the API, and again every `everyMs` while the tab is visible. Another path or query reads anew. */
export function useResource<T>(path: string, query: Query = {}, everyMs: number | null = null): Resource<T> {
  const value = useSignal<T | null>(null);
  const error = useSignal<ApiError | null>(null);
  const question = JSON.stringify([path, query]);
  const reader = useMemo(() => {
    const abort = new AbortController();
    const refresh = createSingleFlight(async () => {
      try {
        const body = await api.get<T>(path, query, abort.signal);
        if (abort.signal.aborted) return;
        value.value = body;
        error.value = null;
      } catch (thrown) {
        if (!abort.signal.aborted) error.value = asApiError(thrown);
      }
    });
    return { refresh, end: () => abort.abort() };
  }, [question]);
  useEffect(() => {
    value.value = null;
    error.value = null;
    void reader.refresh();
    return reader.end;
  }, [reader]);
  useRepeat(reader.refresh, everyMs);
  return { value, error, refresh: reader.refresh };
}
