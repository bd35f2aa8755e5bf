import type { ConsoleEvent, ConsoleGap, ConsoleLine, ConsoleSnapshot } from "@shoal/bot-service/bodies";
import type { SseMessage } from "./sse.ts";

/** Something that happened, a line of the log, or that some of them are missing here. */
export type Entry =
  | ({ readonly kind: "event" } & ConsoleEvent)
  | ({ readonly kind: "line" } & ConsoleLine)
  | ({ readonly kind: "gap"; readonly id: string; readonly at: string } & ConsoleGap);

/** What has come by the stream. */
export interface StreamState {
  readonly snapshot: ConsoleSnapshot | null;
  /** When the snapshot came, by the clock of the browser, ms. */
  readonly snapshotAt: number | null;
  /** The latest ones, oldest first. */
  readonly entries: readonly Entry[];
  /** Id of the latest one: what comes after it is asked for when the stream is opened again. */
  readonly lastId: string | null;
}

export const emptyStream: StreamState = { snapshot: null, snapshotAt: null, entries: [], lastId: null };

/** Entries that are kept; older ones are in the log of the daemon. */
export const MOST_ENTRIES = 2000;

/** Returns what is known after these messages. What cannot be read is of a daemon of another version, and is left out. */
export function afterMessages(state: StreamState, messages: readonly SseMessage[], nowMs: number): StreamState {
  let { snapshot, snapshotAt, lastId } = state;
  const added: Entry[] = [];
  for (const { event, data, id } of messages) {
    const body = parsed(data);
    if (body === undefined) continue;
    if (event === "snapshot") [snapshot, snapshotAt] = [body as ConsoleSnapshot, nowMs];
    else if (event === "gap") added.push(gapEntry(body as ConsoleGap, lastId, nowMs));
    else if (event === "event") added.push({ kind: "event", ...(body as ConsoleEvent) });
    else if (event === "line") added.push({ kind: "line", ...(body as ConsoleLine) });
    lastId = id ?? lastId;
  }
  const entries = added.length === 0 ? state.entries : withoutTwins(state.entries, added);
  return { snapshot, snapshotAt, lastId, entries };
}

/** A stream that was opened without an id begins with entries that may be here already. */
function withoutTwins(before: readonly Entry[], added: readonly Entry[]): readonly Entry[] {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...added.filter(({ id }) => !known.has(id))].slice(-MOST_ENTRIES);
}

const gapEntry = ({ missed }: ConsoleGap, after: string | null, nowMs: number): Entry => ({
  ...{ kind: "gap", missed, id: `gap-${after ?? "start"}-${nowMs}`, at: new Date(nowMs).toISOString() },
});

function parsed(data: string): object | undefined {
  try {
    const body: unknown = JSON.parse(data);
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}
