/** A way to queue jobs, as it is driven here. `open` is called in a process of its own; a worker process is one worker. */
export interface Contestant {
  /** Adds `count` no-op jobs with one call. */
  insertMany(count: number): Promise<void>;
  insertOne(): Promise<void>;
  /** Begins to take jobs, as many at a time as is good for it. */
  work(): Promise<void>;
  /** Takes no more, and waits for what it has. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

/** What there is to know of one from outside. */
export interface ContestantKind {
  /** How it is configured, in words for the reader of the results. */
  readonly settings: string;
  /** `onRun` is called with each job that starts. */
  open(url: string, onRun: () => void): Promise<Contestant>;
  /** Empties its tables. */
  readonly clearSql: string;
  /** Gives a row while a job that has been started is not done. */
  readonly leftSql: string;
}

/** What the no-op jobs carry. */
export const PAYLOAD = { orderId: 123_456, note: "nothing to be done" };
export const JOB_TYPE = "bench.noop";

export type ContestantRequest =
  | { readonly kind: "insert-many"; readonly batches: number; readonly size: number }
  /** So many at a time, one by one. */
  | { readonly kind: "insert-one"; readonly count: number; readonly inFlight: number }
  | { readonly kind: "work" }
  | { readonly kind: "rest" }
  /** How many jobs have started since the last question of this kind. */
  | { readonly kind: "runs" }
  /** Adds a job now and then, and gives for each the time in ms from the call that adds it to its start. */
  | { readonly kind: "latency"; readonly samples: number };
