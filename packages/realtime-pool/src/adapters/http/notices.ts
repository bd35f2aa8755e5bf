import { type Runtime, sleep, toError, uniform, withTimeout } from "@shoal/kernel";
import pLimit from "p-limit";
import pRetry, { AbortError } from "p-retry";
import { classify, type Evidence, type Failure } from "../../classify.ts";
import type { NoticeOutcome, NoticeSender } from "../../notices.ts";
import type { Payload } from "../../types.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface NoticeSenderParts {
  readonly url: string;
  readonly apiKey: string;
  readonly accessToken: (() => Promise<string | null>) | undefined;
  readonly runtime: Runtime;
  readonly maxParallel: number;
  readonly retries: number;
  readonly timeoutMs: number;
  readonly fetch?: Fetch;
}

const RETRY_BASE_MS = 250;
const RETRY_MAX_MS = 2000;

/** Carries a classified failure through p-retry. */
class NoticeFailure extends Error {
  override readonly name = "NoticeFailure";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.reason);
    this.failure = failure;
  }
}

/**
 * HTTP broadcasts: no socket, no join. p-limit bounds what is in flight, p-retry repeats what may be repeated; both
 * stay in this folder, since p-retry keeps its own time.
 */
export function createNoticeSender(parts: NoticeSenderParts): NoticeSender {
  const limit = pLimit(parts.maxParallel);
  const stop = new AbortController();
  const pending = new Set<Promise<NoticeOutcome>>();

  const sendWithRetry = async (topic: string, event: string, payload: Payload): Promise<NoticeOutcome> => {
    try {
      await pRetry(() => attempt(parts, stop.signal, { topic, event, payload }), {
        retries: parts.retries,
        minTimeout: RETRY_BASE_MS,
        maxTimeout: RETRY_MAX_MS,
        randomize: true,
        signal: stop.signal,
        onFailedAttempt: ({ error, retriesLeft }) => waitOutFloor(parts.runtime, error, retriesLeft, stop.signal),
      });
      return { kind: "sent" };
    } catch (thrown) {
      return { kind: "failed", failure: failureOf(thrown) };
    }
  };

  return {
    send(topic, event, payload) {
      const outcome = limit(sendWithRetry, topic, event, payload);
      pending.add(outcome);
      return outcome.finally(() => pending.delete(outcome));
    },
    async close(limitMs) {
      if (pending.size > 0) await withTimeout(parts.runtime.clock, limitMs, Promise.all(pending));
      stop.abort(new NoticeFailure(classify({ where: "http", text: "given up: the pool was closed" })));
    },
  };
}

/** A rate signal asks for longer waits than p-retry's own. */
async function waitOutFloor(runtime: Runtime, error: Error, retriesLeft: number, stop: AbortSignal): Promise<void> {
  const floorMs = error instanceof NoticeFailure ? error.failure.floorMs : 0;
  if (floorMs > 0 && retriesLeft > 0) await sleep(runtime.clock, floorMs * uniform(runtime.rng, 1, 1.3), stop);
}

interface Notice {
  readonly topic: string;
  readonly event: string;
  readonly payload: Payload;
}

async function attempt(parts: NoticeSenderParts, stop: AbortSignal, notice: Notice): Promise<void> {
  const evidence = await post(parts, stop, notice);
  if (!evidence) return;
  const failure = classify(evidence);
  const error = new NoticeFailure(failure);
  throw failure.retry === "never" ? new AbortError(error) : error;
}

/** Undefined when the server took it, otherwise what it said. */
async function post(parts: NoticeSenderParts, stop: AbortSignal, notice: Notice): Promise<Evidence | undefined> {
  const request = parts.fetch ?? fetch;
  const { clock } = parts.runtime;
  const late = new AbortController();
  const timer = clock.after(parts.timeoutMs, () => late.abort(new Error("request timed out")));
  try {
    const response = await request(parts.url, {
      method: "POST",
      headers: await headersOf(parts),
      body: JSON.stringify({ messages: [{ ...notice, private: false }] }),
      signal: AbortSignal.any([stop, late.signal]),
    });
    const text = await response.text();
    return response.ok ? undefined : { where: "http", httpStatus: response.status, text: text || response.statusText };
  } catch (thrown) {
    return { where: "http", text: toError(late.signal.aborted ? late.signal.reason : thrown).message };
  } finally {
    timer.cancel();
  }
}

/**
 * A secret key (`sb_…`) is no token: as a bearer it would be refused.
 * @source https://supabase.com/docs/guides/api/api-keys
 */
async function headersOf({ apiKey, accessToken }: NoticeSenderParts): Promise<Record<string, string>> {
  const bearer = (await accessToken?.()) ?? (apiKey.startsWith("sb_") ? null : apiKey);
  return {
    "content-type": "application/json",
    apikey: apiKey,
    ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
  };
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof NoticeFailure) return thrown.failure;
  return classify({ where: "http", text: toError(thrown).message });
}
