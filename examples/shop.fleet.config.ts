/**
 * A shop that gives the daemon work of its own: a digest each weekday morning, as a job of `shoal.jobs`, and orders out of a
 * pgmq queue. It has no positions to watch, so the daemon's own risk check is taken out of use.
 */
import { defineFleet, giveUp, type JobHandler, type QueueHandler } from "@shoal/bot-service/config";
import { z } from "zod";

const digest = z.object({ list: z.enum(["staff", "customers"]) });
const order = z.object({ order_id: z.string().min(1), items: z.array(z.string()).min(1) });

const MAILER = "http://127.0.0.1:8025";

/** The same key for every attempt of one job, so that the receiver sends no mail twice. */
async function call(url: string, body: unknown, key: string, signal: AbortSignal): Promise<void> {
  const headers = { "content-type": "application/json", "idempotency-key": key };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  // A wrong request is not repeated, as that would not help; all else is retried at growing intervals.
  if (response.status === 400) throw giveUp("the mailer does not take this request");
  if (!response.ok) throw new Error(`the mailer answered with status ${response.status}`);
}

const sendDigest: JobHandler = {
  timeLimitMs: 60_000,
  check: (payload) => (digest.safeParse(payload).success ? null : "list must be staff or customers"),
  run: (job, { idempotencyKey, signal }) => call(`${MAILER}/digest`, digest.parse(job.payload), idempotencyKey, signal),
};

const packOrder: QueueHandler = {
  check: (payload) => (order.safeParse(payload).success ? null : "an order has order_id and items"),
  run: (message, { idempotencyKey, signal }) =>
    call(`${MAILER}/pack`, order.parse(message.payload), idempotencyKey, signal),
};

export default defineFleet({
  jobs: {
    handlers: { send_digest: sendDigest },
    // The default of EXECUTION_QUEUE.
    queues: { execution_jobs: packOrder },
    schedules: {
      send_digest: {
        cron: "30 7 * * mon-fri",
        timeZone: "Europe/Berlin",
        jitterMs: 60_000,
        // After a night without a daemon only the last digest is sent.
        missed: "once",
        job: { type: "send_digest", payload: { list: "staff" } },
      },
      risk_check: null,
    },
  },
});
