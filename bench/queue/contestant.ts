/** Drives one job queue. Runs in a separate process; a worker process is one worker. */
export interface Contestant {
  /** Adds `count` no-op jobs with one call. */
  insertMany(count: number): Promise<void>;
  insertOne(): Promise<void>;
  /** Begins to take jobs, as many at a time as suits it best. */
  work(): Promise<void>;
  /** Takes no more jobs, and waits for those it has. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

/** Description of a contestant. */
export interface ContestantKind {
  /** Its configuration, in words for the reader of the results. */
  readonly settings: string;
  /** `onRun` is called with each job that starts. */
  open(url: string, onRun: () => void): Promise<Contestant>;
  /** Empties its tables. */
  readonly clearSql: string;
  /** Returns a row while a job is not done. */
  readonly leftSql: string;
}

/** Payload of the no-op jobs. */
export const PAYLOAD = { orderId: 123_456, note: "nothing to be done" };
export const JOB_TYPE = "bench.noop";

export type ContestantRequest =
  | { readonly kind: "insert-many"; readonly batches: number; readonly size: number }
  /** Adds jobs one by one, with `inFlight` calls at a time. */
  | { readonly kind: "insert-one"; readonly count: number; readonly inFlight: number }
  | { readonly kind: "work" }
  | { readonly kind: "rest" }
  /** Returns how many jobs have started since the last such request. */
  | { readonly kind: "runs" }
  /** Adds single jobs at random times, and returns for each the time in ms from the call that adds it to its start. */
  | { readonly kind: "latency"; readonly samples: number };
