import {
  type Attempt,
  backoffDelayMs,
  errorFields,
  isFleetError,
  type Log,
  MINUTE_MS,
  proportionalJitter,
  type Runtime,
  retry,
  SECOND_MS,
  type Timer,
} from "@shoal/kernel";
import type { ErrorClass, PooledChannel, RealtimePool, RowChange } from "@shoal/realtime-pool";
import type { Database, Listener } from "@shoal/store";
import { ControlError, type ControlErrorCode } from "./errors.ts";
import { createRowSilence } from "./row-silence.ts";
import type { FeedState } from "./types.ts";

export const CONTROL_TOPIC = "shoal:control";
export const CONTROL_NOTIFY_CHANNEL = "shoal_control";

/** Says what to do about the feed state `refused`. */
export const REFUSED =
  "Realtime refuses to stream the rows of commands: add the tables bot_control and bot_deployments to the publication supabase_realtime";

/** The pool, or the database, has given up by itself by then: trying again spares a restart once the cause is mended. */
const AGAIN = proportionalJitter(2 * SECOND_MS, MINUTE_MS);
/** A refusal lasts until the configuration of the project is changed. */
const AGAIN_WHEN_REFUSED = proportionalJitter(30 * SECOND_MS, 5 * MINUTE_MS);

/**
 * Realtime reads a commit from the log a moment before other sessions see it, longer on a busy server, so a round that starts at
 * once may miss it. (LISTEN hears of it only once they see it.)
 */
const SECOND_ROUND_MS = 100;

const WITHOUT_ROWS =
  "Realtime does not stream the rows of commands: they are found by LISTEN or by polling; trying again";
const WITHOUT_LISTEN = "LISTEN for commands failed: they are found by Realtime or by polling; trying again";

/** The changes to subscribe to: new and changed commands, and bots that wait for a replica. */
const CHANGES = [
  { event: "INSERT", schema: "public", table: "bot_control" },
  { event: "UPDATE", schema: "public", table: "bot_control" },
  { event: "UPDATE", schema: "public", table: "bot_deployments", filter: "status=eq.starting" },
] as const;

export interface ControlFeedOptions {
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly database: Pick<Database, "listen">;
  readonly runtime: Runtime;
  readonly replicaId: string;
  /** Called when there may be something to do: a change has arrived, or may have been missed. */
  readonly onNews: () => void;
  readonly onState: (state: FeedState) => void;
}

/** Tells the control at once of changes that it would otherwise find by polling: by Realtime and by LISTEN, each of which is enough. */
export interface ControlFeed {
  readonly state: FeedState;
  start(): void;
  /** This replica has just changed a row of `bot_control`: a stream that does not tell of it is dead. */
  rowWritten(): void;
  /** Idempotent; never rejects. */
  close(): Promise<void>;
}

export function createControlFeed(options: ControlFeedOptions): ControlFeed {
  const { pool, database, runtime, replicaId, onNews, onState } = options;
  const log = runtime.log.child({ part: "control", replica_id: replicaId });
  const closing = new AbortController();
  const { signal } = closing;
  let state: FeedState = { changes: "off", listen: "off" };
  let channel: PooledChannel | undefined;
  let listener: Listener | undefined;
  let secondRound: Timer | undefined;
  const silence = createRowSilence(runtime.clock);
  let running: Promise<unknown> = Promise.resolve();

  const become = (change: Partial<FeedState>) => {
    const next = { ...state, ...change };
    if (signal.aborted || (next.changes === state.changes && next.listen === state.listen)) return;
    state = next;
    onState(state);
  };

  const rowChanged = () => {
    onNews();
    secondRound?.cancel();
    secondRound = runtime.clock.after(SECOND_ROUND_MS, onNews);
  };

  /** Never resolves; rejects when the channel is lost. Calls `onWell` each time changes begin to arrive. */
  const watch = async (onWell: () => void): Promise<never> => {
    if (state.changes !== "refused") become({ changes: "joining" });
    channel = await pool.acquire(CONTROL_TOPIC, {
      clientId: `control-${replicaId}`,
      priority: "lobby",
      isStaggered: false,
      signal,
      config: { changes: CHANGES },
    });
    if (signal.aborted) await channel.release();
    signal.throwIfAborted();
    const { events } = channel;
    const over = Promise.race([endOf(events, signal), silence.ofNewStream()]);
    channel.onChange((change) => {
      if (silence.isDoubted) onWell();
      silence.heard();
      if (isNews(change)) rowChanged();
    });
    events.on("changes-ready", () => {
      become({ changes: "ready" });
      if (!silence.isDoubted) onWell();
      onNews();
    });
    events.on("lost", () => {
      silence.stop();
      become({ changes: "lost" });
    });
    events.on("recovered", onNews);
    events.on("changes-failed", ({ errorClass, reason }) => {
      log.debug({ error_class: errorClass, reason }, "Realtime does not stream the rows of commands");
      if (!isRefusal(errorClass)) become({ changes: "lost" });
    });
    throw await over;
  };

  /** Resolves once it listens: from then on the driver reconnects by itself. */
  const listen = async (): Promise<void> => {
    become({ listen: "connecting" });
    listener = await database.listen(CONTROL_NOTIFY_CHANNEL, onNews, () => {
      become({ listen: "ready" });
      onNews();
    });
    if (signal.aborted) await listener.close();
  };

  const watchAgain = async (onWell: () => void) => {
    try {
      await watch(onWell);
    } catch (thrown) {
      const isRefused = isFleetError(thrown, "CONTROL_FEED_REFUSED");
      silence.stop();
      become({ changes: isRefused ? "refused" : "lost" });
      // The channel stays joined but useless: the server does not try again by itself.
      if (isRefused || isFleetError(thrown, "CONTROL_FEED_SILENT")) await channel?.release();
      throw thrown;
    }
  };

  return {
    get state() {
      return state;
    },
    start() {
      // Each way is enough by itself, and a repeated failure is logged at debug.
      const isFast = () => state.changes === "ready" || state.listen === "ready";
      const onOver = () => become({ listen: "unsupported" });
      const parts = { runtime, signal, log, isFast, onOver };
      running = Promise.all([again(watchAgain, WITHOUT_ROWS, parts), again(listen, WITHOUT_LISTEN, parts)]);
    },
    rowWritten() {
      if (state.changes === "ready" && !signal.aborted) silence.rowWritten();
    },
    async close() {
      closing.abort(new Error("the control drains"));
      await running;
      await Promise.all([channel?.release(), listener?.close()]);
      secondRound?.cancel();
      silence.stop();
    },
  };
}

interface AgainParts {
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Whether commands are found at once all the same. */
  readonly isFast: () => boolean;
  /** Called when it is not worth another try. */
  readonly onOver: () => void;
}

/** Repeats `work` until it ends well or the feed is closed. Never rejects. */
async function again(
  work: (onWell: () => void) => Promise<void>,
  message: string,
  { runtime, signal, log, isFast, onOver }: AgainParts,
): Promise<void> {
  let toldCode: string | undefined;
  const attempt = ({ startOver }: Attempt) =>
    work(() => {
      startOver();
      toldCode = undefined;
    });
  await retry(attempt, {
    runtime,
    signal,
    backoff: (error, failures) =>
      backoffDelayMs(isFleetError(error, "CONTROL_FEED_REFUSED") ? AGAIN_WHEN_REFUSED : AGAIN, failures, runtime.rng),
    when: (error) => !isFleetError(error, "STORE_LISTEN_UNSUPPORTED"),
    onFailure: ({ error, retryInMs }) => {
      const fields = errorFields(error);
      const level = fields.error_code === toldCode ? "debug" : isFast() ? "info" : "warn";
      log[level]({ retry_in_ms: retryInMs, ...fields }, message);
      toldCode = fields.error_code;
    },
  }).catch(() => {
    if (!signal.aborted) onOver();
  });
}

/** The pool does not try again after these either. */
function isRefusal(errorClass: ErrorClass): boolean {
  return errorClass === "configuration" || errorClass === "permission" || errorClass === "bad-request";
}

/** Resolves with the reason once the channel is of no more use. Rejects with the reason of `signal`. */
function endOf(events: PooledChannel["events"], signal: AbortSignal): Promise<ControlError> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    const settle = (code: ControlErrorCode, message: string) => {
      signal.removeEventListener("abort", onAbort);
      resolve(new ControlError(code, message));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    events.on("failed", ({ reason }) => settle("CONTROL_FEED_LOST", `the channel ${CONTROL_TOPIC} failed: ${reason}`));
    events.on("changes-failed", ({ errorClass, reason }) => {
      if (isRefusal(errorClass)) settle("CONTROL_FEED_REFUSED", `${REFUSED} (${reason})`);
    });
  });
}

/** Leaves out the changes that this service writes itself: an outcome, a bot that a replica has taken. */
function isNews({ table, type, record }: RowChange): boolean {
  if (type === "INSERT") return true;
  return table === "bot_control" ? record["applied_at"] == null : record["replica"] == null;
}
