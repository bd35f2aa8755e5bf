import { type Alarm, createAlarm, type EpochMs, MINUTE_MS, type Runtime } from "@shoal/kernel";
import type { Feed } from "./feed.ts";
import type { Frame } from "./ring.ts";

export interface StreamsOptions {
  readonly runtime: Pick<Runtime, "clock">;
  readonly feed: Feed;
  /** The latest snapshot, as JSON. */
  readonly snapshot: () => string;
}

/** Who listens. */
export interface Listener {
  /** When its login is over, by the clock of the day; the stream ends with it. Default: never. */
  readonly endsAtMs?: EpochMs | undefined;
  /** Whether it may look only. Default false. */
  readonly isReader?: boolean;
}

/** The consoles that listen to this daemon. */
export interface Streams {
  /**
   * Makes the body of an answer in the format of server-sent events. `lastEventId`: what the one who asks has had last. Null: too many
   * listen already.
   */
  open(lastEventId: string | undefined, listener?: Listener): ReadableStream<Uint8Array> | null;
  /** Sends the snapshot, and what waits to be sent, to all. Called every second. */
  tick(): void;
  /** Ends all streams, and each new one after what there is to say now. Idempotent. */
  close(): void;
  readonly openCount: number;
  /** Streams since the start that were ended because nobody read them. */
  readonly droppedCount: number;
}

/** Events and lines are sent together, so that many streams cost few writes: the more, the longer; and soon enough to be seen at once. */
const GATHER_MS = { least: 50, eachStream: 1.5, most: 200 } as const;
const STREAMS_MAX = 500;
/** Those who may only look leave room for those who act. */
const READERS_MAX = 400;
/** One that takes nothing for so long is ended: its reader has gone without a word, or is asleep. */
const UNREAD_MS = MINUTE_MS;
/** How long a browser waits before it opens a stream again that has ended. */
const RETRY_MS = 1000;

const encoder = new TextEncoder();
const textOf = (frames: readonly Frame[]) => frames.map(({ text }) => text).join("");
const gapOf = (missed: number | null) => (missed === 0 ? "" : `event: gap\ndata: ${JSON.stringify({ missed })}\n\n`);

/** One stream. It keeps no data: what it has not sent is in the feed, or is not there any more. */
interface Stream {
  /** The latest frame that it has sent. */
  sequence: number;
  /** Whether the reader wants more. */
  isReady: boolean;
  /** Whether there is a snapshot that it has not sent. */
  isStale: boolean;
  readySinceMs: number;
  readonly endsAtMs: EpochMs;
  send(bytes: Uint8Array): void;
  end(): void;
}

export function createStreams({ runtime, feed, snapshot }: StreamsOptions): Streams {
  const { clock } = runtime;
  const streams = new Set<Stream>();
  let sentSequence = feed.sequence;
  let droppedCount = 0;
  let isClosed = false;

  const snapshotFrame = () => `event: snapshot\ndata: ${snapshot()}\n\n`;
  const send = (stream: Stream, bytes: Uint8Array) => {
    stream.isReady = false;
    stream.send(bytes);
  };

  /** Sends one stream what it has not had: it was not ready when the others were sent it. */
  const catchUp = (stream: Stream) => {
    const { frames, missed } = feed.since(stream.sequence);
    const text = gapOf(missed) + textOf(frames) + (stream.isStale ? snapshotFrame() : "");
    if (text === "") return;
    stream.sequence = feed.sequence;
    stream.isStale = false;
    send(stream, encoder.encode(text));
  };

  /** Sends what is new to all who are ready: the same bytes to all who have had the same before. */
  const flush = (suffix: string) => {
    gathering.cancel();
    const from = sentSequence;
    sentSequence = feed.sequence;
    const text = from === sentSequence ? suffix : textOf(feed.since(from).frames) + suffix;
    if (text === "" || streams.size === 0) return;
    const bytes = encoder.encode(text);
    for (const stream of streams) {
      if (suffix !== "") stream.isStale = true;
      if (!stream.isReady) continue;
      if (stream.sequence !== from) catchUp(stream);
      else {
        stream.sequence = sentSequence;
        if (suffix !== "") stream.isStale = false;
        send(stream, bytes);
      }
    }
  };
  const gatherMs = () => Math.min(GATHER_MS.most, GATHER_MS.least + GATHER_MS.eachStream * streams.size);
  const gathering: Alarm = createAlarm(clock, () => flush(""));
  feed.onAdded(() => {
    if (streams.size > 0) gathering.setIfEarlier(gatherMs());
  });

  const endThoseThatAreOver = () => {
    for (const stream of streams) {
      const isUnread = !stream.isReady && clock.monotonicMs() - stream.readySinceMs >= UNREAD_MS;
      if (!isUnread && clock.now() < stream.endsAtMs) continue;
      streams.delete(stream);
      droppedCount += Number(isUnread);
      stream.end();
    }
  };

  /** What a stream begins with; everything that there is. */
  const greeting = (lastEventId: string | undefined): string => {
    const sequence = sequenceOf(lastEventId, feed);
    const { frames, missed } = sequence === undefined ? { frames: feed.recent(), missed: 0 } : feed.since(sequence);
    const isOther = sequence === undefined && lastEventId !== undefined;
    return `retry: ${RETRY_MS}\n\n${snapshotFrame()}${gapOf(isOther ? null : missed)}${textOf(frames)}`;
  };

  return {
    open(lastEventId, { endsAtMs = Number.POSITIVE_INFINITY, isReader = false } = {}) {
      if (streams.size >= (isReader ? READERS_MAX : STREAMS_MAX)) return null;
      let stream: Stream | undefined;
      // Without a buffer: `pull` is called when the reader wants more, and never for a HEAD, which reads nothing.
      return new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            const nowMs = clock.monotonicMs();
            if (stream) {
              Object.assign(stream, { isReady: true, readySinceMs: nowMs });
              if (stream.isStale || stream.sequence !== sentSequence) catchUp(stream);
              return;
            }
            const send = (bytes: Uint8Array) => controller.enqueue(bytes);
            stream = {
              sequence: feed.sequence,
              isReady: false,
              isStale: false,
              readySinceMs: nowMs,
              endsAtMs,
              send,
              end: () => controller.close(),
            };
            controller.enqueue(encoder.encode(greeting(lastEventId)));
            if (isClosed) controller.close();
            else streams.add(stream);
          },
          cancel() {
            if (stream) streams.delete(stream);
          },
        },
        { highWaterMark: 0 },
      );
    },
    tick() {
      endThoseThatAreOver();
      flush(streams.size > 0 ? snapshotFrame() : "");
    },
    close() {
      isClosed = true;
      flush("");
      gathering.cancel();
      for (const stream of streams) stream.end();
      streams.clear();
    },
    get openCount() {
      return streams.size;
    },
    get droppedCount() {
      return droppedCount;
    },
  };
}

/** Returns the sequence in an id of this start of the daemon; undefined where it is of another, or none. */
function sequenceOf(lastEventId: string | undefined, { bootId, sequence }: Feed): number | undefined {
  const [, boot, digits] = /^(.{1,64})-(\d{1,15})$/.exec(lastEventId ?? "") ?? [];
  const given = Number(digits);
  return boot === bootId && given <= sequence ? given : undefined;
}
