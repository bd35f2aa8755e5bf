import {
  type Attempt,
  backoffDelayMs,
  errorFields,
  isFleetError,
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
import type { FeedState } from "./types.ts";

export const CONTROL_TOPIC = "shoal:control";
export const CONTROL_NOTIFY_CHANNEL = "shoal_control";

/** What an operator is to do about the feed state `refused`. */
export const REFUSED =
  "Realtime refuses to tell of commands: the publication supabase_realtime must have the tables bot_control and bot_deployments";

/** The pool, or the database, has given up by then: whoever mends that need not restart us. */
const AGAIN = proportionalJitter(2 * SECOND_MS, MINUTE_MS);
/** A refusal lasts until somebody changes something. */
const AGAIN_WHEN_REFUSED = proportionalJitter(30 * SECOND_MS, 5 * MINUTE_MS);

/**
 * A commit is in the log, and told of, a moment before other sessions see it: longer on a busy server. Whoever looks at once may
 * look too early. (LISTEN waits for it.)
 */
const SECOND_LOOK_MS = 100;

/** What is to be heard of: commands, and bots that wait for a replica. */
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
  /** There may be something to do: heard of, or missed before this moment. */
  readonly onNews: () => void;
  readonly onState: (state: FeedState) => void;
}

/** How the control hears at once of what it would else find by looking: Realtime and LISTEN, each by itself enough. */
export interface ControlFeed {
  readonly state: FeedState;
  start(): void;
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
  let secondLook: Timer | undefined;
  let running: Promise<unknown> = Promise.resolve();

  const become = (change: Partial<FeedState>) => {
    const next = { ...state, ...change };
    if (signal.aborted || (next.changes === state.changes && next.listen === state.listen)) return;
    state = next;
    onState(state);
  };

  const rowChanged = () => {
    onNews();
    secondLook?.cancel();
    secondLook = runtime.clock.after(SECOND_LOOK_MS, onNews);
  };

  /** Always rejects, or never ends. `onWell` is called whenever it works. */
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
    const over = endOf(events, signal);
    channel.onChange((change) => isNews(change) && rowChanged());
    events.on("changes-ready", () => {
      become({ changes: "ready" });
      onWell();
      onNews();
    });
    events.on("lost", () => become({ changes: "lost" }));
    events.on("recovered", onNews);
    events.on("changes-failed", ({ errorClass, reason }) => {
      log.debug({ error_class: errorClass, reason }, "Realtime does not tell of commands");
      if (!isRefusal(errorClass)) become({ changes: "lost" });
    });
    throw await over;
  };

  /** Ends when it listens: the driver comes back by itself from then on. */
  const listen = async (): Promise<void> => {
    become({ listen: "connecting" });
    listener = await database.listen(CONTROL_NOTIFY_CHANNEL, onNews, () => {
      become({ listen: "ready" });
      onNews();
    });
    if (signal.aborted) await listener.close();
  };

  /** Repeats `work` until it ends well or the feed is closed. Never rejects. */
  const again = async (work: (onWell: () => void) => Promise<void>, message: string): Promise<void> => {
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
        // Either way is enough by itself, and a failure that was told once is not told again.
        const isFast = state.changes === "ready" || state.listen === "ready";
        const level = fields.error_code === toldCode ? "debug" : isFast ? "info" : "warn";
        log[level]({ retry_in_ms: retryInMs, ...fields }, message);
        toldCode = fields.error_code;
      },
    }).catch(() => {
      if (!signal.aborted) become({ listen: "unsupported" });
    });
  };

  const watchAgain = async (onWell: () => void) => {
    try {
      await watch(onWell);
    } catch (thrown) {
      const isRefused = isFleetError(thrown, "CONTROL_FEED_REFUSED");
      become({ changes: isRefused ? "refused" : "lost" });
      // Still joined, and of no use: the server does not try again by itself.
      if (isRefused) await channel?.release();
      throw thrown;
    }
  };

  return {
    get state() {
      return state;
    },
    start() {
      running = Promise.all([
        again(watchAgain, "Realtime cannot be asked to tell of commands; trying again"),
        again(listen, "the database cannot be asked to tell of commands; trying again"),
      ]);
    },
    async close() {
      closing.abort(new Error("the control drains"));
      await running;
      await Promise.all([channel?.release(), listener?.close()]);
      secondLook?.cancel();
    },
  };
}

/** Of those, the pool does not ask again either. */
function isRefusal(errorClass: ErrorClass): boolean {
  return errorClass === "configuration" || errorClass === "permission" || errorClass === "bad-request";
}

/** Why a channel of changes is of no use any more. Rejects with the signal's reason. */
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

/** Our own writes come back as changes, too: an outcome, a bot that we have started. */
function isNews({ table, type, record }: RowChange): boolean {
  if (type === "INSERT") return true;
  return table === "bot_control" ? record["applied_at"] == null : record["replica"] == null;
}
