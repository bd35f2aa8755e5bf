import { AsyncLocalStorage } from "node:async_hooks";
import { type Clock, retryAfterMs } from "@shoal/kernel";
import type { RequestWatch } from "@shoal/market/ccxt";

export interface CallOptions {
  readonly clock: Clock;
  /** Ends the call: its time is up, or nobody waits any more. */
  readonly signal: AbortSignal;
  /** Monotonic; no request begins later. */
  readonly beginBeforeMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One question to an exchange, while it lasts, and what became of its requests. It may be several. */
export class Call implements RequestWatch {
  readonly #options: CallOptions;
  #begunCount = 0;
  #status: number | null = null;
  #retryAfterMs = 0;

  constructor(options: CallOptions) {
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** Something was sent. */
  get hasBegun(): boolean {
    return this.#begunCount > 0;
  }

  /** Of the last answer; null if none came. */
  get status(): number | null {
    return this.#status;
  }

  get retryAfterMs(): number {
    return this.#retryAfterMs;
  }

  begin(): Readonly<Record<string, string>> {
    const { clock, beginBeforeMs, headers = {} } = this.#options;
    if (clock.monotonicMs() > beginBeforeMs) throw new Error("it was too late to begin the request");
    this.#begunCount += 1;
    this.#status = null;
    return headers;
  }

  answered(response: Response): void {
    this.#status = response.status;
    this.#retryAfterMs = retryAfterMs(response.headers.get("retry-after"), this.#options.clock.now());
  }

  notConnected(): void {
    this.#begunCount -= 1;
  }
}

const calls = new AsyncLocalStorage<Call>();

/** Runs ccxt for a call: requests that it makes, however late, belong to that call. */
export function runInCall<T>(call: Call, work: () => Promise<T>): Promise<T> {
  return calls.run(call, work);
}

/** The call for which ccxt makes a request now. */
export function currentCall(): Call {
  const call = calls.getStore();
  if (call === undefined) throw new Error("a request of ccxt belongs to a call");
  return call;
}
