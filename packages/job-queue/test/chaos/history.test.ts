import { integer, pick, type Rng } from "@shoal/kernel";
import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Changed, checkHistory, type HistoryEvent, type JobRow, type ViolationKind } from "./history.ts";

const WRITERS = ["worker_1", "worker_2", "worker_3"];
const LEASE_MS = 1000;

/** A history as it may be: jobs that are claimed, fail, are rescued, given back and done, each step by a random worker. */
function lawfulHistory(rng: Rng): HistoryEvent[] {
  const jobs = Array.from({ length: integer(rng, 2, 6) }, (_, index) => lawfulJob(String(index + 1), rng));
  return interleave(jobs, rng);
}

function lawfulJob(jobId: string, rng: Rng): HistoryEvent[] {
  const maxAttempts = integer(rng, 2, 4);
  let atMs = 1000;
  let row: JobRow = { status: "pending", epoch: 0, workerId: null, attempts: 0, maxAttempts, leaseExpiresAt: null };
  const events: HistoryEvent[] = [];
  const change = (writer: string, after: JobRow) => {
    events.push({ kind: "changed", jobId, atMs, writer, before: row, after });
    row = after;
  };
  events.push({ kind: "changed", jobId, atMs, writer: "app", before: null, after: row });
  events.push({ kind: "acknowledged", jobId });
  let hasEffect = false;
  while (row.status === "pending") {
    const writer = pick(rng, WRITERS);
    const [epoch, attempts] = [row.epoch + 1, row.attempts + 1];
    const [key, workerId] = [`key-${jobId}`, `${writer}-a`];
    change(writer, { status: "running", epoch, workerId, attempts, maxAttempts, leaseExpiresAt: atMs + LEASE_MS });
    events.push({ kind: "ran", jobId, epoch, writer, key });
    if (!hasEffect) events.push({ kind: "effect", jobId, key });
    hasEffect = true;
    const isLast = attempts === maxAttempts;
    const next = pick(rng, ["completed", "failed", "rescued", "released"] as const);
    atMs += next === "rescued" ? LEASE_MS + 1 : 10;
    const by = next === "rescued" ? pick(rng, WRITERS) : writer;
    if (next === "completed") change(by, { ...row, status: "completed" });
    else if (next === "released") change(by, { ...row, status: "pending", attempts: attempts - 1 });
    else change(by, { ...row, status: isLast ? "dead" : "pending" });
    const what = next === "failed" && isLast ? "dead" : next;
    if (what !== "rescued" && rng.next() < 0.8) events.push({ kind: "reported", jobId, writer, what });
  }
  return events;
}

/** Keeps the order within each job. */
function interleave(jobs: readonly HistoryEvent[][], rng: Rng): HistoryEvent[] {
  const left = jobs.map((events) => [...events]);
  const merged: HistoryEvent[] = [];
  while (left.some((events) => events.length > 0)) {
    const next = pick(
      rng,
      left.filter((events) => events.length > 0),
    ).shift();
    if (next) merged.push(next);
  }
  return merged;
}

/** Breaks a history in one way; undefined where it has no place for that. */
type Break = (events: readonly HistoryEvent[], rng: Rng) => HistoryEvent[] | undefined;

const anyOf = (rng: Rng, events: readonly HistoryEvent[], accept: (event: HistoryEvent) => boolean) => {
  const found = events.filter(accept);
  return found.length > 0 ? pick(rng, found) : undefined;
};

/** Replaces one event (by none, one or several). */
const swap =
  (
    accept: (event: HistoryEvent) => boolean,
    by: (event: HistoryEvent, all: readonly HistoryEvent[]) => HistoryEvent[],
  ): Break =>
  (events, rng) => {
    const chosen = anyOf(rng, events, accept);
    return chosen && events.flatMap((event) => (event === chosen ? by(event, events) : [event]));
  };

const isChange =
  (accept: (before: JobRow | null, after: JobRow | null, change: Changed) => boolean) => (event: HistoryEvent) =>
    event.kind === "changed" && accept(event.before, event.after, event);
const isClaim = isChange((before, after) => before?.status === "pending" && after?.status === "running");
const isEnd = isChange((before, after) => before?.status === "running" && after?.status !== "running");
const isCompletion = isChange((_before, after) => after?.status === "completed");
const isDeath = isChange((_before, after) => after?.status === "dead");
const of = (kind: HistoryEvent["kind"]) => (event: HistoryEvent) => event.kind === kind;

/** The change with other rows. */
const altered = (event: HistoryEvent, rows: { before?: Partial<JobRow>; after?: Partial<JobRow>; writer?: string }) => {
  if (event.kind !== "changed") return [event];
  const before = event.before && { ...event.before, ...rows.before };
  const after = event.after && { ...event.after, ...rows.after };
  return [{ ...event, before, after, writer: rows.writer ?? event.writer }];
};

const epochOf = (event: HistoryEvent) => (event.kind === "changed" ? (event.before?.epoch ?? 0) : 0);
const ownerOf = (event: HistoryEvent) => ("writer" in event ? event.writer : "");

const BREAKS: Readonly<Record<ViolationKind, Break>> = {
  lost: (events, rng) => {
    const gone = anyOf(rng, events, of("acknowledged"))?.jobId;
    return events.filter((event) => event.jobId !== gone || event.kind === "acknowledged");
  },
  ghost: swap(of("acknowledged"), (event) => [{ kind: "withdrawn", jobId: event.jobId }]),
  unfinished: swap(
    (event) => isCompletion(event) || isDeath(event),
    (event) => altered(event, { after: { status: "pending" } }),
  ),
  "died early": swap(isDeath, (event) => altered(event, { after: { maxAttempts: 100 } })),
  gap: swap(
    isChange((before, after) => before?.status === "running" && after?.status === "pending"),
    () => [],
  ),
  "illegal change": swap(isCompletion, (event) => [
    event,
    ...altered(event, { before: { status: "completed" }, after: { status: "running" } }),
  ]),
  "epoch did not grow": swap(isClaim, (event) => altered(event, { after: { epoch: epochOf(event) } })),
  "epoch moved": swap(isEnd, (event) => altered(event, { after: { epoch: epochOf(event) + 1 } })),
  "two holders": swap(isClaim, (event) => {
    const [taken] = altered(event, { before: { status: "running" }, after: { workerId: "another" } });
    return taken ? [event, taken] : [event];
  }),
  "foreign write": swap(isCompletion, (event) => altered(event, { writer: `not ${ownerOf(event)}` })),
  "early rescue": swap(
    isChange((before, after, { atMs }) => after?.status === "pending" && (before?.leaseExpiresAt ?? 0) > atMs),
    (event) => altered(event, { writer: `not ${ownerOf(event)}` }),
  ),
  "attempts miscounted": swap(isClaim, (event) =>
    event.kind === "changed" ? altered(event, { after: { attempts: (event.before?.attempts ?? 0) + 2 } }) : [event],
  ),
  "ran unclaimed": swap(of("ran"), (event) => (event.kind === "ran" ? [{ ...event, writer: "nobody" }] : [event])),
  "ran twice": swap(of("ran"), (event) => [event, event]),
  "completed unrun": (events, rng) => {
    const done = anyOf(rng, events, isCompletion);
    return done && events.filter((event) => event.kind !== "ran" || event.jobId !== done.jobId);
  },
  "key shared": swap(of("ran"), (event) => (event.kind === "ran" ? [event, { ...event, jobId: "another" }] : [event])),
  "key changed": swap(of("ran"), (event) => (event.kind === "ran" ? [event, { ...event, key: "another" }] : [event])),
  "effect repeated": swap(of("effect"), (event) => [event, event]),
  "false report": swap(of("reported"), (event) =>
    event.kind === "reported" ? [{ ...event, writer: "nobody" }] : [event],
  ),
};

describe("the checker of histories", () => {
  it("finds nothing in a history without fault", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(checkHistory(lawfulHistory(seededRng(seed)))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it.each(Object.keys(BREAKS) as ViolationKind[])("finds: %s", (kind) => {
    let brokenCount = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const rng = seededRng(seed);
        const broken = BREAKS[kind](lawfulHistory(rng), rng);
        if (!broken) return;
        brokenCount += 1;
        expect(checkHistory(broken).map((violation) => violation.kind)).toContain(kind);
      }),
      { numRuns: 100 },
    );
    expect(brokenCount).toBeGreaterThan(10);
  });
});
