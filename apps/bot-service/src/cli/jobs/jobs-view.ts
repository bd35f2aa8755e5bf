import type {
  AuditRecord,
  DeadLetterView,
  JobCounts,
  JobSummary,
  JobView,
  PassReport,
  PassResult,
  QueueDepth,
} from "@shoal/job-queue";
import { printable, printableJson } from "@shoal/kernel";
import { row } from "../drawing.ts";
import { table } from "../table.ts";

const NONE = "-";
/** Length of an error in a table; `show` and `--json` print all of it. */
const ERROR_CHARACTERS = 60;

/** Writes an instant as `2026-01-01 10:00:00`, in UTC. */
const when = (iso: string | null) => (iso === null ? NONE : iso.slice(0, 19).replace("T", " "));

export function drawJobs(jobs: readonly JobSummary[]): string {
  if (jobs.length === 0) return "no jobs\n";
  const rows = jobs.map((job) => [
    job.id,
    job.status,
    job.type,
    `${job.attempts}/${job.maxAttempts}`,
    job.priority,
    when(job.runAt),
    short(job.lastError),
  ]);
  return table(["id", "status", "type", "tries", "priority", "run at (UTC)", "last error"], rows);
}

function short(text: string | null): string {
  const [line = ""] = (text ?? "").split("\n");
  return line.length > ERROR_CHARACTERS ? `${line.slice(0, ERROR_CHARACTERS)}…` : line;
}

export function drawJob(job: JobView): string {
  const lines = [
    `job ${job.id}   ${job.type}   ${job.status}`,
    row("attempts", `${job.attempts} of ${job.maxAttempts}   priority ${job.priority}`),
    row("run at", when(job.runAt)),
    row("started", when(job.startedAt)),
    row("finished", when(job.finishedAt)),
    row("created", `${when(job.createdAt)}   updated ${when(job.updatedAt)}`),
    row("worker", job.workerId ?? NONE),
    row("unique key", job.uniqueKey ?? NONE),
    row("last error", job.lastError ?? NONE),
    row("payload", printableJson(job.payload)),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

export function drawDepths(counts: JobCounts, depths: readonly QueueDepth[] | null): string {
  const { pending, running, completed, dead, processedLastHour } = counts;
  const jobs = [
    "jobs",
    row("now", `${pending} pending   ${running} running   ${completed} completed   ${dead} dead`),
    row("oldest due", ageText(counts.oldestPendingMs)),
    row("rate", `${processedLastHour} in the last hour`),
  ];
  const rows = (depths ?? []).map((depth) => [
    depth.queue,
    depth.length,
    depth.visible,
    depth.dlqLength,
    ageText(depth.oldestMs),
  ]);
  const queues =
    depths === null
      ? "  the database has no pgmq\n"
      : table(["queue", "length", "visible", "dead letters", "oldest"], rows);
  return `${jobs.join("\n")}\n\n${queues}`;
}

export function drawDeadLetters(letters: readonly DeadLetterView[]): string {
  if (letters.length === 0) return "no dead letters\n";
  const rows = letters.map((letter) => [
    letter.id,
    when(letter.diedAt),
    letter.queue,
    letter.messageId,
    letter.readCount,
    when(letter.redrivenAt),
    letter.code,
    short(letter.message),
  ]);
  return table(["id", "died at (UTC)", "queue", "message", "reads", "redriven at", "code", "why"], rows);
}

/** Returns the body in the style of the HTTP API, which has no route for dead letters. */
export function deadLetterBody(letter: DeadLetterView) {
  return {
    id: letter.id,
    queue: letter.queue,
    message_id: letter.messageId,
    dlq_message_id: letter.dlqMessageId,
    read_count: letter.readCount,
    code: letter.code,
    message: letter.message,
    died_at: letter.diedAt,
    redriven_at: letter.redrivenAt,
  };
}

const ageText = (ageMs: number | null) => (ageMs === null ? NONE : `${(ageMs / 1000).toFixed(1)} s`);

export function drawPass({ jobs, queues }: PassResult): string {
  const cells = (name: string, { claimed, completed, failed, dead, lost }: PassReport) => [
    name,
    claimed,
    completed,
    failed,
    dead,
    lost,
  ];
  const rows = [...(jobs ? [cells("jobs", jobs)] : []), ...(queues ?? []).map((each) => cells(each.queue, each))];
  const note = queues === null ? "the database has no pgmq: jobs only\n" : "";
  return `${table(["", "claimed", "completed", "failed", "dead", "lost"], rows)}${note}`;
}

export function drawAudit(records: readonly AuditRecord[]): string {
  if (records.length === 0) return "nothing on record\n";
  const rows = records.map((each) => [
    each.id,
    when(each.at),
    each.actor,
    each.action,
    each.outcome,
    each.jobId ?? each.queue ?? NONE,
    each.jobType ?? NONE,
    each.attempt === null ? NONE : `${each.attempt}`,
    short([each.code, each.message].filter((part) => part !== null).join(" ")),
  ]);
  return table(["id", "at (UTC)", "actor", "action", "outcome", "job", "type", "try", "what"], rows);
}
