import type { CallResult } from "./port.ts";

/** One call of Inngest: to do what is to be done about a job. */
export interface Call {
  readonly jobId: string;
  readonly resolve: (result: CallResult) => void;
  /** Makes Inngest call again later. */
  readonly reject: (reason: unknown) => void;
}

/** Calls that have not been answered, in their order; an engine takes from here as many as it has room for. */
export class CallInbox {
  readonly #onCall: () => void;
  readonly #waiting: Call[] = [];
  readonly #unanswered = new Set<Call>();
  #closedFor: Error | undefined;

  constructor(onCall: () => void) {
    this.#onCall = onCall;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves or rejects as the call is answered. */
  async receive(jobId: string): Promise<CallResult> {
    if (this.#closedFor) throw this.#closedFor;
    const { promise, resolve, reject } = Promise.withResolvers<CallResult>();
    const call: Call = { jobId, resolve, reject };
    this.#waiting.push(call);
    this.#unanswered.add(call);
    this.#onCall();
    return promise.finally(() => this.#unanswered.delete(call));
  }

  take(count: number): readonly Call[] {
    return this.#waiting.splice(0, count);
  }

  /** Rejects the calls that wait, and all that come. */
  close(reason: Error): void {
    this.#closedFor = reason;
    for (const call of this.#waiting.splice(0)) call.reject(reason);
  }

  /** Rejects all calls without an answer. */
  rejectAll(reason: Error): void {
    for (const call of this.#unanswered) call.reject(reason);
  }
}
