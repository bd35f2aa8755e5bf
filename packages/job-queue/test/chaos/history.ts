import type { JobStatus } from "../../src/index.ts";

/** What matters of a job's row. */
export interface JobRow {
  readonly status: JobStatus;
  readonly epoch: number;
  readonly workerId: string | null;
  readonly attempts: number;
  readonly maxAttempts: number;
  /** Epoch ms by the clock of the database, as all times here. */
  readonly leaseExpiresAt: number | null;
}

/**
 * What happened, from three witnesses: the database (`changed`, `ran`, `effect`: rows that committed, in their order), the
 * callers of enqueue (`acknowledged`, `withdrawn`) and the workers (`reported`). `writer` is the role somebody was
 * connected as: each worker process has one of its own, so a row tells who wrote it, whatever he wrote.
 */
export type HistoryEvent =
  /** A row was inserted (`before` null), changed, or deleted (`after` null). */
  | {
      readonly kind: "changed";
      readonly jobId: string;
      readonly atMs: number;
      readonly writer: string;
      readonly before: JobRow | null;
      readonly after: JobRow | null;
    }
  /** Whoever enqueued was told that it is in. */
  | { readonly kind: "acknowledged"; readonly jobId: string }
  /** It was enqueued in a transaction that was rolled back. */
  | { readonly kind: "withdrawn"; readonly jobId: string }
  /** A handler was at work on it. `key`: the idempotency key it was given. */
  | {
      readonly kind: "ran";
      readonly jobId: string;
      readonly epoch: number;
      readonly writer: string;
      readonly key: string;
    }
  /** What a handler does outside, made idempotent by its key. */
  | { readonly kind: "effect"; readonly jobId: string; readonly key: string }
  /** A worker said so. */
  | { readonly kind: "reported"; readonly jobId: string; readonly writer: string; readonly what: Reported };

export type Reported = "completed" | "failed" | "dead" | "released";
export type Changed = Extract<HistoryEvent, { kind: "changed" }>;
type Ran = Extract<HistoryEvent, { kind: "ran" }>;

export type ViolationKind =
  | "lost" // acknowledged, and never there, or gone before its end
  | "ghost" // there, though its transaction was rolled back
  | "unfinished"
  | "died early" // dead with attempts left
  | "gap" // two changes that do not join: the record itself misses something
  | "illegal change" // no life of a job goes that way
  | "epoch did not grow"
  | "epoch moved" // without a claim
  | "two holders" // in one epoch
  | "foreign write" // ended by somebody who did not hold it
  | "early rescue" // taken from its holder within the lease
  | "attempts miscounted"
  | "ran unclaimed"
  | "ran twice" // in one epoch
  | "completed unrun"
  | "key shared" // by two jobs
  | "key changed" // from attempt to attempt
  | "effect repeated"
  | "false report";

export interface Violation {
  readonly kind: ViolationKind;
  readonly jobId: string;
  readonly detail: string;
}

/** Everything in a finished history that must not be. Pure; `[]` is the proof. */
export function checkHistory(events: readonly HistoryEvent[]): Violation[] {
  const jobs = Map.groupBy(events, (event) => event.jobId);
  const violations = [...jobs].flatMap(([jobId, own]) => checkJob(jobId, own));
  return [...violations, ...sharedKeys(events)];
}

type Report = (kind: ViolationKind, detail: string) => void;

function checkJob(jobId: string, events: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  const report: Report = (kind, detail) => violations.push({ kind, jobId, detail });
  const changes = events.filter((event) => event.kind === "changed");
  const runs = events.filter((event) => event.kind === "ran");
  checkExistence(events, changes, report);
  checkEnd(changes, report);
  checkLife(changes, report);
  checkRuns(changes, runs, report);
  checkEffects(events, runs, report);
  checkReports(events, changes, report);
  return violations;
}

function checkExistence(events: readonly HistoryEvent[], changes: readonly Changed[], report: Report): void {
  const isIn = changes.some((change) => change.before === null);
  const isTold = events.some((event) => event.kind === "acknowledged");
  const isWithdrawn = events.some((event) => event.kind === "withdrawn");
  if (isTold && !isIn) report("lost", "acknowledged, but never inserted");
  if (isWithdrawn && changes.length > 0) report("ghost", "there after its transaction was rolled back");
  for (const { before, after } of changes) {
    if (before && !after && !isOver(before)) report("lost", `deleted while ${before.status}`);
  }
}

function checkEnd(changes: readonly Changed[], report: Report): void {
  const last = changes.at(-1);
  const end = last?.after ?? last?.before;
  if (!end) return;
  if (!isOver(end)) report("unfinished", `still ${end.status} in epoch ${end.epoch}`);
  if (end.status === "dead" && end.attempts < end.maxAttempts) {
    report("died early", `dead after ${end.attempts} of ${end.maxAttempts} attempts`);
  }
}

/** Follows the row from change to change, remembering who claimed it last. */
function checkLife(changes: readonly Changed[], report: Report): void {
  let previous: JobRow | null = null;
  let claim: Changed | undefined;
  const holders = new Map<number, string>();
  for (const change of changes) {
    const { before, after } = change;
    if (!isSameRow(previous, before)) report("gap", `${show(previous)} is followed by ${show(before)}`);
    previous = after;
    if (!before || !after) continue;
    if (!isLegal(before.status, after.status)) report("illegal change", `${before.status} to ${after.status}`);
    if (after.status === "running") {
      if (before.status === "pending") claim = change;
      checkClaim(before, after, change.writer, holders, report);
    } else {
      if (after.epoch !== before.epoch) report("epoch moved", `${show(before)} to ${show(after)}`);
      if (before.status === "running") checkHandingOff(change, before, after, claim, report);
    }
  }
}

function checkClaim(before: JobRow, after: JobRow, writer: string, holders: Map<number, string>, report: Report): void {
  const isClaim = before.status === "pending";
  const holder = `${after.workerId} (${writer})`;
  const known = holders.get(after.epoch);
  if (isClaim && after.epoch <= before.epoch) report("epoch did not grow", `${show(before)} to ${show(after)}`);
  if (!isClaim && after.epoch !== before.epoch) report("epoch moved", `${show(before)} to ${show(after)}`);
  if (known !== undefined && known !== holder) report("two holders", `epoch ${after.epoch}: ${known} and ${holder}`);
  holders.set(after.epoch, holder);
  const expected = before.attempts + (isClaim ? 1 : 0);
  if (after.attempts !== expected) report("attempts miscounted", `claimed: ${before.attempts} to ${after.attempts}`);
}

/** Out of running: by its holder at any time, by anybody once the lease is over; completed by its holder alone. */
function checkHandingOff(
  change: Changed,
  before: JobRow,
  after: JobRow,
  claim: Changed | undefined,
  report: Report,
): void {
  const isHolder = claim?.writer === change.writer && claim.after?.epoch === before.epoch;
  const isRescue = !isHolder && after.status !== "completed";
  if (!isHolder && !isRescue) report("foreign write", `${change.writer} completed what ${claim?.writer} held`);
  if (isRescue && !(before.leaseExpiresAt !== null && before.leaseExpiresAt <= change.atMs)) {
    report("early rescue", `${change.writer} took it ${(before.leaseExpiresAt ?? 0) - change.atMs} ms before its time`);
  }
  // A job that is given back was not tried.
  const isReleased = isHolder && after.status === "pending" && after.attempts === before.attempts - 1;
  if (after.attempts !== before.attempts && !isReleased) {
    report("attempts miscounted", `${before.status} to ${after.status}: ${before.attempts} to ${after.attempts}`);
  }
}

function checkRuns(changes: readonly Changed[], runs: readonly Ran[], report: Report): void {
  const claimed = new Set(changes.filter(isClaim).map(({ after, writer }) => `${after?.epoch} ${writer}`));
  const seen = new Set<number>();
  for (const { epoch, writer } of runs) {
    if (!claimed.has(`${epoch} ${writer}`)) report("ran unclaimed", `${writer} in epoch ${epoch}`);
    if (seen.has(epoch)) report("ran twice", `in epoch ${epoch}`);
    seen.add(epoch);
  }
  for (const { before, after } of changes) {
    const isDone = before?.status === "running" && after?.status === "completed";
    if (isDone && !seen.has(after.epoch)) report("completed unrun", `in epoch ${after.epoch}`);
  }
}

function checkEffects(events: readonly HistoryEvent[], runs: readonly Ran[], report: Report): void {
  const keys = new Set(runs.map(({ key }) => key));
  if (keys.size > 1) report("key changed", [...keys].join(", "));
  const effects = events.filter((event) => event.kind === "effect");
  if (effects.length > 1) report("effect repeated", `${effects.length} times`);
}

/** What a worker says, the database must confirm; the other way round it may have died before it could say so. */
function checkReports(events: readonly HistoryEvent[], changes: readonly Changed[], report: Report): void {
  for (const event of events) {
    if (event.kind !== "reported") continue;
    const isTrue = changes.some(
      (change) => change.writer === event.writer && change.before?.status === "running" && isAsSaid(event.what, change),
    );
    if (!isTrue) report("false report", `${event.writer} said ${event.what}`);
  }
}

function isAsSaid(what: Reported, { before, after }: Changed): boolean {
  if (what === "completed" || what === "dead") return after?.status === what;
  const isCounted = after?.attempts === before?.attempts;
  return after?.status === "pending" && isCounted === (what === "failed");
}

function sharedKeys(events: readonly HistoryEvent[]): Violation[] {
  const owners = new Map<string, string>();
  const violations: Violation[] = [];
  for (const event of events) {
    if (event.kind !== "ran" && event.kind !== "effect") continue;
    const owner = owners.get(event.key) ?? event.jobId;
    owners.set(event.key, owner);
    if (owner === event.jobId) continue;
    violations.push({ kind: "key shared", jobId: event.jobId, detail: `${event.key} is ${owner}'s` });
  }
  return violations;
}

const LEGAL: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  pending: ["pending", "running"],
  running: ["running", "pending", "completed", "dead"],
  completed: [],
  dead: [],
};

function isLegal(from: JobStatus, to: JobStatus): boolean {
  return LEGAL[from].includes(to);
}

function isOver(row: JobRow): boolean {
  return row.status === "completed" || row.status === "dead";
}

function isClaim({ before, after }: Changed): boolean {
  return before?.status === "pending" && after?.status === "running";
}

/** Renewals are not recorded, so the lease may differ. */
function isSameRow(left: JobRow | null, right: JobRow | null): boolean {
  return show(left) === show(right);
}

function show(row: JobRow | null): string {
  return row ? `${row.status} epoch ${row.epoch} ${row.workerId} ${row.attempts}/${row.maxAttempts}` : "nothing";
}
