import { DAY_MS, HOUR_MS, isTimeZone } from "@shoal/kernel";
import { isUrl, oneOf, optionalText, text, textList, trueOrFalse, wholeNumber } from "./variable.ts";

const HTTP = ["https:", "http:"];

const queueName = (name: string, fallback: string, what: string) =>
  text(name, {
    description: `The pgmq queue of ${what}; its dead letters are in \`<queue>_dlq\`.`,
    default: fallback,
    expected: "1 to 43 characters of a-z 0-9 _, beginning with a letter",
    accepts: (given) => /^[a-z][a-z0-9_]{0,42}$/.test(given),
  });

/** Commands, jobs and queues. @source SPEC B and E for the names in capitals and their defaults */
export const jobVariables = {
  controlCatchUpMs: wholeNumber("CONTROL_CATCH_UP_MS", {
    description:
      "How often commands are polled where LISTEN is not to be had. Where it is, a look every 3 s finds what was not announced, unless this is less.",
    default: 5000,
    min: 100,
    max: HOUR_MS,
    unit: "ms",
  }),
  botDeployedMax: wholeNumber("BOT_DEPLOYED_MAX", {
    description:
      "Bots started by command that one daemon runs, besides those of `BOT_MAX_COUNT`. Each takes a channel while it talks. With `LOBBY_PRESENCE=each` each also takes a socket and presence events; bots beyond what those allow are matched without being shown. Bots of the operator go before those of owners.",
    default: 100,
    min: 0,
    max: 10_000,
    unit: "bots",
  }),
  botDeployedPerOwner: wholeNumber("BOT_DEPLOYED_PER_OWNER", {
    description:
      "Bots of one owner that run at the same time, on all daemons together. A command that would start one more is rejected.",
    default: 5,
    min: 0,
    max: 10_000,
    unit: "bots",
  }),
  controlOpenTo: oneOf("CONTROL_OPEN_TO", {
    description:
      "Who may start and command bots, and deploy and change strategies, besides the operator: `owners` is every signed-in user of your app, through `bot_control` and the HTTP API. For `bot_control` the daemon that started last decides for all.",
    default: "nobody",
    values: ["nobody", "owners"],
  }),
  processJobs: trueOrFalse("PROCESS_JOBS", {
    description: "Work on `shoal.jobs`.",
    default: true,
  }),
  processPgmq: trueOrFalse("PROCESS_PGMQ", {
    description: "Work on the pgmq queues below.",
    default: true,
  }),
  batchSize: wholeNumber("BATCH_SIZE", {
    description: "Jobs or messages taken at a time.",
    default: 25,
    min: 1,
    max: 1000,
    unit: "jobs",
  }),
  jobsConcurrency: wholeNumber("JOBS_CONCURRENCY", {
    description: "Jobs of one daemon that run at the same time, and as many messages.",
    default: 25,
    min: 1,
    max: 1000,
    unit: "jobs",
  }),
  jobsLeaseMs: wholeNumber("JOBS_LEASE_MS", {
    description: "How long a job stays with a worker that is silent; renewed at a third of it.",
    default: 10_000,
    min: 1000,
    max: HOUR_MS,
    unit: "ms",
  }),
  jobsCronSecrets: textList("JOBS_CRON_SECRET", {
    description: "Bearer token of `POST /api/jobs/cron` and `/api/jobs/process`; two while one replaces the other.",
    defaultText: "none: only the API token opens them",
    expected: "one or two of 16 to 512 characters without white space, separated by a comma",
    isSecret: true,
    most: 2,
    accepts: (given) => /^[^\s,]{16,512}$/.test(given),
  }),
  jobsArchiveAfterDays: wholeNumber("JOBS_ARCHIVE_AFTER_DAYS", {
    description: "Completed and dead jobs older than this are archived by `housekeeping`.",
    default: 7,
    min: 1,
    max: 3650,
    unit: "days",
  }),
  scheduleTimeZone: text("SCHEDULE_TIME_ZONE", {
    description: "Where it is 03:00 when `housekeeping` runs.",
    default: "UTC",
    expected: "an IANA time zone",
    accepts: isTimeZone,
  }),
  primaryExecutor: oneOf("PRIMARY_EXECUTOR", {
    description: "What does the jobs of `shoal.jobs`: the daemon's workers, or Inngest by calling the daemon.",
    default: "supabase",
    values: ["supabase", "inngest"],
  }),
  inngestFallback: trueOrFalse("INNGEST_FALLBACK", {
    description: "Inngest does the jobs that no worker has taken for `INNGEST_FALLBACK_AFTER_MS`.",
    default: false,
  }),
  dualRunMode: trueOrFalse("DUAL_RUN_MODE", {
    description: "Every job is done by both and the results are compared. For testing only: its effects happen twice.",
    default: false,
  }),
  inngestFallbackAfterMs: wholeNumber("INNGEST_FALLBACK_AFTER_MS", {
    description: "How long a job must have been due before Inngest may do it in the workers' place.",
    default: 60_000,
    min: 1000,
    max: DAY_MS,
    unit: "ms",
  }),
  inngestEventKey: optionalText("INNGEST_EVENT_KEY", {
    description: "Event key of the Inngest environment. Required where Inngest is used.",
    defaultText: "none",
    expected: "8 characters or more without white space",
    isSecret: true,
    accepts: (given) => /^\S{8,}$/.test(given),
  }),
  inngestSigningKey: optionalText("INNGEST_SIGNING_KEY", {
    description:
      "Signing key of the Inngest environment; calls of `/api/inngest` without it are refused. Required where Inngest is used.",
    defaultText: "none",
    expected: "8 characters or more without white space",
    isSecret: true,
    accepts: (given) => /^\S{8,}$/.test(given),
  }),
  inngestSigningKeyFallback: optionalText("INNGEST_SIGNING_KEY_FALLBACK", {
    description: "The previous signing key, accepted beside the one above.",
    defaultText: "none",
    expected: "8 characters or more without white space",
    isSecret: true,
    accepts: (given) => /^\S{8,}$/.test(given),
  }),
  inngestBaseUrl: optionalText("INNGEST_BASE_URL", {
    description: "Where a self-hosted Inngest is.",
    defaultText: "Inngest's cloud",
    expected: "URL starting with https:// or http://",
    accepts: isUrl(HTTP),
  }),
  executionQueue: queueName("EXECUTION_QUEUE", "execution_jobs", "requested strategy runs"),
  alertQueue: queueName("ALERT_QUEUE", "alert_jobs", "alerts to be posted to `ALERT_WEBHOOK_URLS`"),
  metricsQueue: queueName("METRICS_QUEUE", "metrics_jobs", "samples to be kept in `shoal.metric_samples`"),
  orderCloseQueue: queueName("ORDER_CLOSE_QUEUE", "order_close_jobs", "orders and positions to be closed"),
  alertWebhookUrls: textList("ALERT_WEBHOOK_URLS", {
    description: "Where alerts are posted, as Slack-compatible JSON; several separated by commas.",
    defaultText: "none: the alert queue is left alone",
    expected: "up to 16 URLs starting with https:// or http://",
    isSecret: true,
    most: 16,
    accepts: isUrl(HTTP),
  }),
  calendarFeedUrl: optionalText("CALENDAR_FEED_URL", {
    description: "JSON feed of events that `calendar_sync` keeps in `shoal.calendar_events`.",
    defaultText: "none: there is no such schedule",
    expected: "URL starting with https:// or http://",
    isSecret: true,
    accepts: isUrl(HTTP),
  }),
  riskMaxLossPercent: wholeNumber("RISK_MAX_LOSS_PERCENT", {
    description: "Loss of an open position at which `risk_check` raises an alert.",
    default: 10,
    min: 1,
    max: 100,
    unit: "per cent",
  }),
} as const;
