import { createAlarm, SECOND_MS } from "@shoal/kernel";
import { isProblem } from "../problem.ts";
import { createSseReader, type SseMessage } from "../sse.ts";
import { clock } from "./browser.ts";

/** The daemon says something each second. After so long without a word the connection is dead, whatever the browser believes. */
const SILENCE_MS = 8 * SECOND_MS;

/** Why a stream ended: the daemon refused it with this status, or it broke (0). */
export class StreamEnded extends Error {
  readonly status: number;
  /** What the daemon said. */
  readonly detail: string | null;
  constructor(status: number, detail: string | null = null) {
    super(`the stream ended with status ${status}`);
    this.status = status;
    this.detail = detail;
  }
}

/**
 * Reads the stream of the daemon until it ends, and always throws then. `fetch` and not EventSource: that cannot say where to go on when
 * it is opened anew, hides why it was refused, and decides by itself when to try again.
 * @throws StreamEnded
 */
export async function readStream(
  lastId: string | null,
  signal: AbortSignal,
  onMessages: (messages: readonly SseMessage[]) => void,
): Promise<never> {
  const silence = new AbortController();
  const alarm = createAlarm(clock, () => silence.abort());
  try {
    alarm.set(SILENCE_MS);
    const answer = await fetch("api/console/stream", {
      headers: {
        accept: "text/event-stream",
        "x-shoal-console": "1",
        ...(lastId !== null && { "last-event-id": lastId }),
      },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!answer.ok || !answer.body) {
      const body: unknown = await answer.json().catch(() => null);
      throw new StreamEnded(answer.status, isProblem(body) ? body.detail : null);
    }
    const read = createSseReader();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new StreamEnded(0);
      alarm.set(SILENCE_MS);
      onMessages(read(value));
    }
  } catch (thrown) {
    throw thrown instanceof StreamEnded ? thrown : new StreamEnded(0);
  } finally {
    alarm.cancel();
  }
}
