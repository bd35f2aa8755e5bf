import type { ClaimedJob, JobContext, Json, QueueMessage } from "@shoal/job-queue";
import { silentLog } from "@shoal/kernel";
import type { Fetch } from "../outgoing/adapters/system-fetch.ts";

/** What a handler is given beside its job; `key` names the job for all its attempts. */
export function contextOf(key: string, signal = new AbortController().signal): JobContext {
  const enqueue = () => Promise.reject(new Error("no follow-up is expected"));
  return { signal, executor: "supabase", idempotencyKey: key, log: silentLog, enqueue };
}

export const anyJob: ClaimedJob = { id: "1", type: "x", payload: {}, attempt: 1, maxAttempts: 5, epoch: 1 };

export function messageOf(payload: Json): QueueMessage {
  return { queue: "alerts", id: "1", payload, attempt: 1, maxAttempts: 5, enqueuedAt: "2026-01-01T00:00:00.000Z" };
}

export interface FakeWeb {
  readonly fetch: Fetch;
  /** The requests so far. */
  readonly requests: { readonly url: string; readonly init: RequestInit }[];
}

/** Answers each request as `answer` says; like the platform, it names the address in its own errors. */
export function fakeWeb(answer: (url: string, init: RequestInit) => Response | Promise<Response>): FakeWeb {
  const requests: FakeWeb["requests"] = [];
  return {
    requests,
    async fetch(url, init) {
      requests.push({ url, init });
      init.signal?.throwIfAborted();
      const aborted = new Promise<never>((_, reject) => {
        init.signal?.addEventListener("abort", () => reject(new Error(`aborted: ${url}`)), { once: true });
      });
      return Promise.race([Promise.resolve(answer(url, init)), aborted]);
    },
  };
}
