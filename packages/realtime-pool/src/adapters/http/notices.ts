import { type Runtime, sleep, toError, uniform, withTimeout } from "@shoal/kernel";
import pLimit from "p-limit";
import pRetry, { AbortError } from "p-retry";
import { classify, type Evidence, type Failure } from "../../classify.ts";
import type { EventsAnswer, NoticeOutcome, NoticeSender, OnEventsAnswer } from "../../notices.ts";
import type { Payload } from "../../types.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface NoticeSenderParts {
  readonly url: string;
  readonly apiKey: string;
  readonly accessToken: (() => Promise<string | null>) | undefined;
  readonly runtime: Runtime;
  /** Whether the topics are private ones. */
  readonly isPrivate: boolean;
  readonly maxParallel: number;
  readonly retries: number;
  readonly timeoutMs: number;
  readonly fetch?: Fetch;
}

const RETRY_BASE_MS = 250;
const RETRY_MAX_MS = 2000;
/** Asking is of use while the answer is fresh: the server looks every 5 s. @source REALTIME.md 2.2 */
const PROBE_LIMIT_MS = 2500;
/**
 * An empty message to a topic without listeners. A request of its own is refused exactly while channels are closed for too many
 * messages; a batch, as notices go, already when one more message would reach the limit.
 * @source supabase/realtime lib/realtime/tenants/single_broadcast.ex, batch_broadcast.ex @ 2.129.8
 */
const PROBE_PATH = "/shoal%3Aprobe/events/probe";
const TOO_MANY_REQUESTS = 429;
/** Behind so many a notice would come minutes late, and a server that does not answer would take all memory. */
const MAX_QUEUED = 1000;

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

  const sendWithRetry = async (notice: Notice, onAnswer: OnEventsAnswer): Promise<NoticeOutcome> => {
    try {
      await pRetry(() => attempt(parts, stop.signal, notice, onAnswer), {
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
    async send(topic, event, payload, onAnswer) {
      if (limit.pendingCount >= MAX_QUEUED) {
        const text = `${MAX_QUEUED} notices wait for the server already`;
        return { kind: "failed", failure: classify({ where: "http", text }) };
      }
      const outcome = limit(sendWithRetry, { topic, event, payload }, onAnswer);
      pending.add(outcome);
      return outcome.finally(() => pending.delete(outcome));
    },
    async probe() {
      const url = `${parts.url}${PROBE_PATH}${parts.isPrivate ? "?private=true" : ""}`;
      return (await post(parts, stop.signal, { url, body: {}, limitMs: PROBE_LIMIT_MS })).events;
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

async function attempt(
  parts: NoticeSenderParts,
  stop: AbortSignal,
  notice: Notice,
  onAnswer: OnEventsAnswer,
): Promise<void> {
  const { url, timeoutMs: limitMs, isPrivate } = parts;
  const body = { messages: [{ ...notice, private: isPrivate }] };
  const { evidence, events } = await post(parts, stop, { url, body, limitMs });
  onAnswer(events);
  if (!evidence) return;
  const failure = classify(evidence);
  const error = new NoticeFailure(failure);
  throw failure.retry === "never" ? new AbortError(error) : error;
}

interface Call {
  readonly url: string;
  readonly body: unknown;
  readonly limitMs: number;
}

interface Answer {
  /** What the server said when it did not take the message. */
  readonly evidence: Evidence | null;
  readonly events: EventsAnswer;
}

async function post(parts: NoticeSenderParts, stop: AbortSignal, call: Call): Promise<Answer> {
  const request = parts.fetch ?? fetch;
  const { clock } = parts.runtime;
  const late = new AbortController();
  const timer = clock.after(call.limitMs, () => late.abort(new Error("request timed out")));
  try {
    const response = await request(call.url, {
      method: "POST",
      headers: await headersOf(parts),
      body: JSON.stringify(call.body),
      // Elsewhere the key would be somebody else's.
      redirect: "manual",
      signal: AbortSignal.any([stop, late.signal]),
    });
    const text = (await response.text()) || response.statusText;
    const evidence: Evidence | null = response.ok ? null : { where: "http", httpStatus: response.status, text };
    return { evidence, events: eventsAnswer(response, text) };
  } catch (thrown) {
    const { message } = toError(late.signal.aborted ? late.signal.reason : thrown);
    return { evidence: { where: "http", text: message }, events: { isOver: null, limitPerSecond: null } };
  } finally {
    timer.cancel();
  }
}

/**
 * The words tell, not the status: "Too many requests" is about requests, and so is `x-rate-rolling`; a gateway may say 429
 * as well. `x-rate-limit` is the limit of events.
 * @source supabase/realtime lib/realtime/api.ex (preload_counters), lib/realtime_web/plugs/rate_limiter.ex @ 2.129.8
 */
function eventsAnswer(response: Response, text: string): EventsAnswer {
  const told = Number(response.headers.get("x-rate-limit") ?? Number.NaN);
  const isRefused =
    response.status === TOO_MANY_REQUESTS && /exceeded your rate limit|reduce the batch size/i.test(text);
  return {
    isOver: response.ok ? false : isRefused || null,
    limitPerSecond: told > 0 && Number.isFinite(told) ? told : null,
  };
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
