import { type Clock, SECOND_MS } from "@shoal/kernel";
import type { Evidence } from "./classify.ts";
import type { Driver, SocketListener } from "./driver.ts";

/** How the server answers a handshake when it is asked by plain HTTP. */
export interface UpgradeAnswer {
  readonly status: number;
  /** What it says; empty where it says nothing. */
  readonly text: string;
}

/** Asks once. Null: there was no HTTP answer in time. Never rejects. */
export type AskUpgrade = (signal: AbortSignal) => Promise<UpgradeAnswer | null>;

export interface UpgradeDiagnosisParts {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly ask: AskUpgrade;
}

/** The server delays each refusal by 2 s and counts the question as one more: questions must not become a second storm. */
const PAUSE_MS = 5 * SECOND_MS;
const SWITCHING_PROTOCOLS = 101;

/**
 * Neither runtime tells why a handshake was refused: Node no status, Bun no body, and 429 means either too many joins or
 * too many sockets. Where that matters, the same question is put once more by plain HTTP before the pool hears of the
 * refusal: one at a time, at most every 5 s, the answer shared by all who were refused meanwhile.
 * @source REALTIME.md 3.3, trap 8
 */
export function withUpgradeDiagnosis(parts: UpgradeDiagnosisParts): Driver {
  const diagnosis = new UpgradeDiagnosis(parts);
  return {
    open(listener) {
      let isOver = false;
      let stopWaiting = () => {};
      const onClosed: SocketListener["onClosed"] = (evidence) => {
        if (isCertain(evidence)) return listener.onClosed(evidence);
        const question = diagnosis.explain(evidence);
        stopWaiting = question.cancel;
        void question.evidence.then((explained) => {
          if (!isOver) listener.onClosed(explained);
        });
      };
      const socket = parts.driver.open({
        onOpen: () => listener.onOpen(),
        onHeartbeat: (roundTripMs) => listener.onHeartbeat(roundTripMs),
        onPresenceDropped: (topic, count) => listener.onPresenceDropped(topic, count),
        onMessageDropped: (topic) => listener.onMessageDropped?.(topic),
        onClosed,
      });
      return {
        join: (request, channelListener) => socket.join(request, channelListener),
        close() {
          isOver = true;
          stopWaiting();
          return socket.close();
        },
      };
    },
  };
}

/** Whether the server's words could not change what the failure means. A server that cannot be reached cannot be asked. */
function isCertain({ where, httpStatus, text }: Evidence): boolean {
  if (where !== "handshake") return true;
  if (httpStatus === undefined) return /failed to connect|ECONN|ENOTFOUND|EAI_AGAIN|timed out/i.test(text);
  return httpStatus === 401 || httpStatus === 404 || httpStatus >= 500;
}

class UpgradeDiagnosis {
  readonly #clock: Clock;
  readonly #ask: AskUpgrade;
  #asking: { readonly answer: Promise<UpgradeAnswer | null>; readonly stop: AbortController } | null = null;
  #last: { readonly answer: UpgradeAnswer | null; readonly atMs: number } | null = null;
  #waiting = 0;

  constructor({ clock, ask }: UpgradeDiagnosisParts) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** The evidence with the server's words, if there are any. The question ends when the last that waits for it cancels. */
  explain(evidence: Evidence): { readonly evidence: Promise<Evidence>; cancel(): void } {
    this.#waiting += 1;
    let isWaiting = true;
    const cancel = () => {
      if (!isWaiting) return;
      isWaiting = false;
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#asking?.stop.abort();
    };
    const explained = this.#answer().then((answer) => {
      cancel();
      return enrich(evidence, answer);
    });
    return { evidence: explained, cancel };
  }

  #answer(): Promise<UpgradeAnswer | null> {
    if (this.#asking) return this.#asking.answer;
    if (this.#last && this.#clock.monotonicMs() - this.#last.atMs < PAUSE_MS) return Promise.resolve(this.#last.answer);
    const stop = new AbortController();
    const answer = this.#ask(stop.signal).then((said) => {
      this.#asking = null;
      // An aborted question says nothing about the next refusal.
      if (!stop.signal.aborted) this.#last = { answer: said, atMs: this.#clock.monotonicMs() };
      return said;
    });
    this.#asking = { answer, stop };
    return answer;
  }
}

/** Ignores an answer that lets us in or has another status: it says nothing about this refusal. */
function enrich(evidence: Evidence, answer: UpgradeAnswer | null): Evidence {
  if (!answer || answer.status === SWITCHING_PROTOCOLS) return evidence;
  if (evidence.httpStatus !== undefined && evidence.httpStatus !== answer.status) return evidence;
  return { ...evidence, httpStatus: answer.status, text: answer.text || evidence.text };
}
