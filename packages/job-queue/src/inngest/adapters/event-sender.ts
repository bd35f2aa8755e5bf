import { invariant } from "@shoal/kernel";
import { JobQueueError } from "../../errors.ts";

/** Time limit of a registration. A send has the limit of its caller. */
const REGISTER_LIMIT_MS = 10_000;

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The only retry loop is ours: this stands between the SDK's `send` and the network, and judges the answer itself. */
export interface EventSender {
  /** For the SDK. */
  readonly fetch: typeof globalThis.fetch;
  /** Runs one `send` of the SDK, one at a time; throws if the events were not taken. */
  send(call: () => Promise<unknown>, signal: AbortSignal): Promise<void>;
}

export function createEventSender(given: Fetch): EventSender {
  let current: { readonly signal: AbortSignal; failure: JobQueueError | null } | undefined;

  const fetch: Fetch = async (input, init) => {
    const isSend = current && init?.method === "POST" && pathOf(input).startsWith("/e/");
    if (!current || !isSend) return given(input, { ...init, signal: AbortSignal.timeout(REGISTER_LIMIT_MS) });
    current.failure = await post(given, input, { ...init, signal: current.signal, redirect: "manual" });
    // Always a success to the SDK: it would try five times by itself, after a 401 as well, with timers that cannot be stopped.
    return Response.json({ ids: [], status: 200 });
  };

  return {
    // Bun's `fetch` has a property `preconnect` that is not used here.
    fetch: Object.assign(fetch, { preconnect: () => {} }),
    async send(call, signal) {
      invariant(!current, "events are sent one batch at a time");
      const mine = { signal, failure: null };
      current = mine;
      try {
        await call();
      } finally {
        current = undefined;
      }
      if (mine.failure) throw mine.failure;
    },
  };
}

function pathOf(input: string | URL | Request): string {
  return new URL(input instanceof Request ? input.url : input).pathname;
}

// Errors carry no address and no cause: the event key is part of the address.
async function post(given: Fetch, input: string | URL | Request, init: RequestInit): Promise<JobQueueError | null> {
  try {
    const response = await given(input, init);
    if (response.ok)
      return isTaken(await response.json()) ? null : unavailable({ status: response.status, body: "unknown" });
    await response.body?.cancel();
    const isTheirs = response.status >= 500 || response.status === 429 || response.status === 408;
    return isTheirs ? unavailable({ status: response.status }) : refused(response.status);
  } catch (thrown) {
    const isLate = init.signal?.aborted === true;
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
    return unavailable(isLate ? { reason: "time limit" } : { reason: code || "no answer" });
  }
}

function isTaken(body: unknown): boolean {
  return (
    typeof body === "object" &&
    body !== null &&
    "status" in body &&
    body.status === 200 &&
    !("error" in body && body.error)
  );
}

function unavailable(details: Record<string, unknown>): JobQueueError {
  return new JobQueueError(
    "INNGEST_UNAVAILABLE",
    "Inngest did not take the events: jobs are called for later; the events are sent again.",
    {
      retryable: true,
      details,
    },
  );
}

function refused(status: number): JobQueueError {
  return new JobQueueError(
    "INNGEST_REFUSED",
    "Inngest refused the events, so it does not call for jobs: check INNGEST_EVENT_KEY and INNGEST_BASE_URL.",
    { details: { status } },
  );
}
