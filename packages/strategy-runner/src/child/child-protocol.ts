/** Messages from the parent to a child. */
export type ToChild =
  /** Keeps a source, or else the columns of the frame, under its number for runs to come, and forgets others. */
  | {
      readonly kind: "keep";
      readonly number: number;
      readonly source?: string;
      readonly forgotten: readonly number[];
    }
  /** Runs a strategy; what it is made of is the guest's business. Its columns are the frame's; where the frame names a source or candles, they were sent before. */
  | { readonly kind: "run"; readonly request: unknown }
  /** Answers to calls of the run that waits for them, in the order in which they are to be settled. */
  | { readonly kind: "answers"; readonly answers: readonly unknown[] }
  /** There will be no more answers: the run that waits ends now. */
  | { readonly kind: "stop" };

/** Messages from a child to its parent. */
export type FromChild =
  | { readonly kind: "ready" }
  /** Calls that the run has opened since the last message; it waits for at least one answer. */
  | { readonly kind: "calls"; readonly calls: readonly unknown[] }
  /** The run is over, and the child is free. */
  | { readonly kind: "done"; readonly outcome: unknown; readonly cpuMs: number };

/** Reads a message from a child; undefined for what is none. A child may have been taken over: nothing it says is taken on trust. */
export function readFromChild(message: unknown): FromChild | undefined {
  if (typeof message !== "object" || message === null || !("kind" in message)) return undefined;
  if (message.kind === "ready") return { kind: "ready" };
  if (message.kind === "calls" && "calls" in message && Array.isArray(message.calls)) {
    return { kind: "calls", calls: message.calls };
  }
  if (message.kind === "done" && "outcome" in message && "cpuMs" in message && isDuration(message.cpuMs)) {
    return { kind: "done", outcome: message.outcome, cpuMs: message.cpuMs };
  }
  return undefined;
}

const isDuration = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
