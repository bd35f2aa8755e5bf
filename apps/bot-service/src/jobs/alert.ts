import type { QueueHandler } from "@shoal/job-queue";
import {
  backoffDelayMs,
  fullJitter,
  isFleetError,
  MINUTE_MS,
  type Runtime,
  retry,
  retryAfterMs,
  SECOND_MS,
} from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import { z } from "zod";
import type { Fetch } from "../outgoing/adapters/system-fetch.ts";
import { exchange, keyOfAddress } from "../outgoing/exchange.ts";
import { checkBy } from "./check-by.ts";
import { DaemonJobError } from "./errors.ts";

export interface AlertParts {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly fetch: Fetch;
  /** Secrets: a webhook's address is its password. */
  readonly urls: readonly string[];
}

/** Slack's own limits: a message that Slack would refuse is refused before it is posted. @source https://docs.slack.dev/reference/block-kit */
const alertSchema = z.looseObject({
  text: z.string().min(1).max(40_000),
  blocks: z.array(z.record(z.string(), z.unknown())).max(50).optional(),
});

const POST_LIMIT_MS = 10 * SECOND_MS;
const TRIES = 3;
const retryBackoff = fullJitter(500, 5 * SECOND_MS);

/** Between reads of the message: up to 15 minutes, so that no alert is lost while a webhook is away. */
const readBackoff = fullJitter(MINUTE_MS, 15 * MINUTE_MS);

/** A longer wait that a webhook asks for is left to the next attempt of the message. */
const LONGEST_REST_MS = 20 * SECOND_MS;

/**
 * Posts `{ text, blocks? }` to every webhook, side by side. Writes down where it has arrived: another attempt, also after a
 * redrive, leaves those webhooks out. A crash between the post and its record makes that webhook get the alert twice.
 *
 * Fails with ALERT_WEBHOOK_UNAVAILABLE (no success in three tries, 10 s each; waits that the webhook asks for are kept up to
 * 20 s) or ALERT_WEBHOOK_REFUSED (a status that no repetition mends).
 */
export function alertPoster({ database, runtime, fetch, urls }: AlertParts): QueueHandler {
  const webhooks = urls.map((url, index) => ({ url, key: keyOfAddress(url), number: index + 1 }));
  return {
    timeLimitMs: 2 * MINUTE_MS,
    backoff: readBackoff,
    check: checkBy(alertSchema),
    async run({ payload }, { signal, idempotencyKey }) {
      const { text, blocks } = alertSchema.parse(payload);
      const body = JSON.stringify({ text, ...(blocks && { blocks }) });
      const arrived = await arrivals(database, idempotencyKey);
      const deliveries = webhooks
        .filter(({ key }) => !arrived.has(key))
        .map(async (webhook) => {
          await deliver({ fetch, runtime, webhook, body, signal });
          await remember(database, idempotencyKey, webhook.key);
        });
      const outcomes = await Promise.allSettled(deliveries);
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed) throw failed.reason;
    },
  };
}

interface Delivery {
  readonly fetch: Fetch;
  readonly runtime: Runtime;
  readonly webhook: { readonly url: string; readonly number: number };
  readonly body: string;
  readonly signal: AbortSignal;
}

/** Posts until the webhook takes the alert, refuses it for good, or has been asked three times. */
function deliver({ fetch, runtime, webhook, body, signal }: Delivery): Promise<void> {
  const { clock, rng } = runtime;
  const headers = { "content-type": "application/json" };
  const init: RequestInit = { method: "POST", headers, body };
  let restMs = 0;
  const post = async () => {
    const answer = await exchange({
      ...{ fetch, clock, url: webhook.url, init, signal, limitMs: POST_LIMIT_MS },
      read: (response) => ({
        status: response.status,
        restMs: retryAfterMs(response.headers.get("retry-after"), clock.now()),
      }),
    });
    restMs = answer?.restMs ?? 0;
    if (answer && answer.status >= 200 && answer.status < 300) return;
    throw answer && !isWorthAnother(answer.status)
      ? refused(webhook.number, answer.status)
      : unavailable(webhook.number, answer?.status);
  };
  return retry(post, {
    runtime,
    signal,
    backoff: (_error, failures) => Math.max(backoffDelayMs(retryBackoff, failures, rng), restMs),
    when: (error, failures) =>
      isFleetError(error, "ALERT_WEBHOOK_UNAVAILABLE") && failures < TRIES && restMs <= LONGEST_REST_MS,
  });
}

function isWorthAnother(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function unavailable(webhook: number, status: number | undefined): DaemonJobError {
  const what = status === undefined ? "did not answer" : `answered with status ${status}`;
  return new DaemonJobError("ALERT_WEBHOOK_UNAVAILABLE", `Webhook ${webhook} of ALERT_WEBHOOK_URLS ${what}.`, {
    retryable: true,
    details: { webhook, status },
  });
}

function refused(webhook: number, status: number): DaemonJobError {
  return new DaemonJobError(
    "ALERT_WEBHOOK_REFUSED",
    `Webhook ${webhook} of ALERT_WEBHOOK_URLS answered with status ${status}: check its address; a redirect is not followed.`,
    { details: { webhook, status } },
  );
}

const DELIVERED_SQL = statement(
  "alert_delivered",
  "select webhook_key from shoal.alert_deliveries where message_key = $1",
);

async function arrivals(database: Database, messageKey: string): Promise<Set<string>> {
  const rows = await database.query<{ webhook_key: string }>(DELIVERED_SQL, [messageKey]);
  return new Set(rows.map(({ webhook_key }) => webhook_key));
}

const MARK_DELIVERED_SQL = statement(
  "alert_mark_delivered",
  "insert into shoal.alert_deliveries (message_key, webhook_key) values ($1, $2) on conflict do nothing",
);

async function remember(database: Database, messageKey: string, webhookKey: string): Promise<void> {
  await database.query(MARK_DELIVERED_SQL, [messageKey, webhookKey]);
}
