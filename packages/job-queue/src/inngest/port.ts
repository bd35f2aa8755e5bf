/** Inngest takes events and calls for each of them. Only `adapters/` knows its SDK. */
export interface InngestPort {
  /**
   * Sends events; all or none count as taken. Not retried here.
   *
   * @throws INNGEST_UNAVAILABLE (retryable) no answer before `signal` aborted, no connection, 5xx, 429, or not Inngest's
   * @throws INNGEST_REFUSED any other answer: the event key or the address is wrong
   */
  send(events: readonly InngestEvent[], signal: AbortSignal): Promise<void>;
  /** `/api/inngest`: registrations and calls, each refused with 401 unless it is signed with one of our keys. */
  handle(request: Request): Promise<Response>;
}

/** What Inngest is told about a job: never its payload. */
export interface InngestEvent {
  /** A second event of the same id within 24 h is dropped by Inngest. @source https://www.inngest.com/docs/events#deduplication */
  readonly id: string;
  readonly jobId: string;
  readonly type: string;
  /** -100 to 100: by so many seconds Inngest lets its run go before those of others. */
  readonly priority: number;
  /** Epoch ms. */
  readonly dueAtMs: number;
  /** Inngest calls no earlier, epoch ms by its own clock. Null: at once. */
  readonly notBeforeMs: number | null;
}

export interface InngestPortOptions {
  /** Names the app at Inngest: one for each database. */
  readonly appId: string;
  readonly eventKey: string;
  readonly signingKey: string;
  /** Accepted beside `signingKey` while keys are exchanged. */
  readonly previousSigningKey?: string;
  /** Of a self-hosted Inngest. Default: its cloud. */
  readonly baseUrl?: string;
  /** Default: the platform's. */
  readonly fetch?: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Answers a call. A rejection makes Inngest call again, a few times, with growing pauses. */
  readonly onCall: (jobId: string) => Promise<CallResult>;
}

/** The answer to a call, which Inngest shows. */
export interface CallResult {
  readonly outcome: "ran" | "not_needed" | "failed" | "shadowed";
  /** Of a failure. */
  readonly code?: string;
}
