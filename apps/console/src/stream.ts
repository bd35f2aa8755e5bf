import { batch, computed, effect, signal } from "@preact/signals";
import { backoffDelayMs, fullJitter, SECOND_MS, sleep } from "@shoal/kernel";
import { clock, isVisible, rng } from "./adapters/browser.ts";
import { readStream, StreamEnded } from "./adapters/event-stream.ts";
import { openRelay, type Relay, whileLeading } from "./adapters/tabs.ts";
import { endSession, role } from "./api.ts";
import { skewMs } from "./preferences.ts";
import type { SseMessage } from "./sse.ts";
import { afterMessages, emptyStream, type StreamState } from "./stream-state.ts";

/** How the stream is. */
export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** It broke, and is tried again. */
  | { readonly kind: "lost"; readonly sinceAt: number; readonly reason: string | null };

/** What the tabs of a browser tell each other. */
type TabMessage =
  | { readonly kind: "hello" }
  | { readonly kind: "state"; readonly state: StreamState; readonly connection: Connection }
  | { readonly kind: "messages"; readonly messages: readonly SseMessage[]; readonly atMs: number }
  | { readonly kind: "connection"; readonly connection: Connection }
  | { readonly kind: "logged-out" };

const state = signal<StreamState>(emptyStream);

export const connection = signal<Connection>({ kind: "connecting" });
/** The latest figures of the daemon; null before the first. */
export const snapshot = computed(() => state.value.snapshot);
/** When they came, by the clock of the browser, ms. */
export const snapshotAt = computed(() => state.value.snapshotAt);
/** Events, lines of the log and gaps, oldest first; the latest 2,000. */
export const entries = computed(() => state.value.entries);
export const events = computed(() => entries.value.filter((entry) => entry.kind === "event"));
export const lines = computed(() => entries.value.filter((entry) => entry.kind === "line"));

const RETRY = fullJitter(SECOND_MS, 15 * SECOND_MS);
const SESSION_OVER = "The session is over, or the daemon has another token by now. Log in again.";
/** Clocks that differ by less than this are the same: a message takes a while, too. */
const SKEW_MS = 2 * SECOND_MS;

/**
 * Keeps the figures coming while somebody is logged in and the tab is visible. Of the visible tabs of a browser one has the stream, and
 * tells the others: HTTP/1.1 allows six connections to one address, and each stream costs the daemon something. A hidden tab has none.
 */
export function keepStreaming(): () => void {
  return effect(() => {
    if (role.value === null) {
      state.value = emptyStream;
      return;
    }
    if (!isVisible.value) return;
    const over = new AbortController();
    const relay = openRelay<TabMessage>((message) => hear(message, relay, () => isLeading));
    let isLeading = false;
    relay.tell({ kind: "hello" });
    void whileLeading(over.signal, async () => {
      isLeading = true;
      await lead(relay, over.signal);
    });
    return () => {
      over.abort();
      relay.close();
    };
  });
}

function hear(message: TabMessage, relay: Relay<TabMessage>, isLeading: () => boolean): void {
  if (message.kind === "logged-out") endSession(SESSION_OVER);
  else if (isLeading()) {
    if (message.kind === "hello") relay.tell({ kind: "state", state: state.peek(), connection: connection.peek() });
  } else if (message.kind === "messages") take(message.messages, message.atMs);
  else if (message.kind === "connection") connection.value = message.connection;
  else if (message.kind === "state") {
    batch(() => {
      state.value = message.state;
      connection.value = message.connection;
    });
  }
}

/** Reads the stream, again and again, until the tab is hidden, or nobody is logged in any more. */
async function lead(relay: Relay<TabMessage>, over: AbortSignal): Promise<void> {
  const show = (next: Connection) => {
    const before = connection.peek();
    if (before.kind === next.kind && reasonOf(before) === reasonOf(next) && next.kind !== "connecting") return;
    connection.value = next;
    relay.tell({ kind: "connection", connection: next });
  };
  for (let failureCount = 0; !over.aborted; ) {
    try {
      await readStream(state.peek().lastId, over, (messages) => {
        failureCount = 0;
        const atMs = clock.now();
        take(messages, atMs);
        show({ kind: "live" });
        if (messages.length > 0) relay.tell({ kind: "messages", messages, atMs });
      });
    } catch (thrown) {
      if (over.aborted) return;
      if (thrown instanceof StreamEnded && thrown.status === 401) {
        relay.tell({ kind: "logged-out" });
        endSession(SESSION_OVER);
        return;
      }
      failureCount += 1;
      const reason = thrown instanceof StreamEnded ? thrown.detail : null;
      show({ kind: "lost", sinceAt: clock.now(), reason });
      await sleep(clock, backoffDelayMs(RETRY, failureCount, rng), over).catch(() => {});
    }
  }
}

const reasonOf = (of: Connection) => (of.kind === "lost" ? of.reason : null);

function take(messages: readonly SseMessage[], atMs: number): void {
  batch(() => {
    const after = afterMessages(state.peek(), messages, atMs);
    state.value = after;
    if (!after.snapshot || after.snapshotAt !== atMs) return;
    const aheadMs = atMs - Date.parse(after.snapshot.at);
    skewMs.value = Math.abs(aheadMs) < SKEW_MS ? 0 : Math.round(aheadMs / SECOND_MS) * SECOND_MS;
  });
}
