import type { Sql } from "@shoal/store";
import type { ClaimedJob, Json, Leg, RescuedJob } from "../types.ts";

type QuerySql = Pick<Sql, "query">;

/** A job as it was claimed. */
export interface Claim extends ClaimedJob {
  /** Since it was due, in ms. */
  readonly waitMs: number;
  readonly uniqueKey: string | null;
}

/** What a holder of a job has to show. */
export interface Fence {
  readonly id: string;
  readonly epoch: number;
}

export interface FailedJob extends Fence {
  readonly code: string;
  /** At most 1,000 characters that Postgres can hold: neither the character 0 nor half of a surrogate pair. */
  readonly message: string;
  /** 0 or more; null makes it dead. */
  readonly retryInMs: number | null;
  /** For the audit; default `supabase`. */
  readonly leg?: Leg;
  readonly durationMs?: number;
}

/** What became of jobs. */
export interface Settlement {
  readonly completed?: readonly Fence[];
  readonly failed?: readonly FailedJob[];
  /** Back in their place in the line, the attempt not counted. */
  readonly released?: readonly Fence[];
}

export interface ClaimRequest {
  /** An id that no other live process uses. */
  readonly workerId: string;
  /** How long without a renewal until others may have it, in ms, more than 0. */
  readonly leaseMs: number;
  /** 0 or more. */
  readonly limit: number;
}

/** Up to where a worker has seen the line; what is in it is the database's business. */
export type Cursor = Json;

/** What a turn may know of the one before it. */
export interface Look {
  readonly cursor: Cursor;
  /** The whole line, also what came in behind the cursor. */
  readonly isFull: boolean;
}

export interface Turn {
  /** Ids of what was to be settled and was not ours any more. */
  readonly lost: ReadonlySet<string>;
  /** In the order in which they are to be run. */
  readonly claimed: Claim[];
  /** Where fewer than `limit` were due: in how many ms the next one will be. */
  readonly nextDueMs: number | undefined;
  /** Null after a turn that claimed nothing because it was not to. */
  readonly cursor: Cursor;
}

/**
 * Settles and claims in one statement: what a worker does over and over. A turn of which no answer came may be asked for
 * again with the same settlement. Errors as `Sql.query`.
 */
export async function takeTurn(
  sql: QuerySql,
  request: ClaimRequest,
  settlement: Settlement,
  look: Look = { cursor: null, isFull: true },
): Promise<Turn> {
  const completed = (settlement.completed ?? []).toSorted(byId);
  const failed = failedAsJson(settlement);
  const rows = await sql.query<Claim | Lost | After>(
    "select * from shoal.job_complete_and_claim($1::text, $2::float8, $3::int, $4::int8[], $5::int4[], ($6::text)::jsonb, ($7::text)::jsonb, $8::bool)",
    [
      request.workerId,
      request.leaseMs,
      request.limit,
      completed.map(({ id }) => id),
      completed.map(({ epoch }) => String(epoch)),
      failed,
      look.cursor === null ? null : JSON.stringify(look.cursor),
      look.isFull,
    ],
  );
  const lost = new Set<string>();
  const claimed: Claim[] = [];
  let after: After | undefined;
  for (const row of rows) {
    if (row.type !== null) claimed.push(row);
    else if (row.id !== null) lost.add(row.id);
    else after = row;
  }
  return { lost, claimed, nextDueMs: after?.waitMs ?? undefined, cursor: after?.payload ?? null };
}

interface Lost {
  readonly id: string;
  readonly type: null;
}

interface After {
  readonly id: null;
  readonly type: null;
  readonly payload: Cursor;
  readonly waitMs: number | null;
}

/**
 * Claims due jobs nobody has: higher priority first, then by time, then by id. Each counts an attempt. Errors as `Sql.query`.
 */
export async function claimBatch(sql: QuerySql, request: ClaimRequest): Promise<Claim[]> {
  return (await takeTurn(sql, request, {})).claimed;
}

/** Claims that very job, if it is pending, due for `dueForMs` (default 0), and nobody has it. Errors as `Sql.query`. */
export async function claimOne(
  sql: QuerySql,
  request: { readonly id: string; readonly workerId: string; readonly leaseMs: number; readonly dueForMs?: number },
): Promise<Claim | undefined> {
  const { id, workerId, leaseMs, dueForMs = 0 } = request;
  const [claim] = await sql.query<Claim>(
    "select * from shoal.job_claim_one($1::text, $2::float8, $3::int8, $4::float8)",
    [workerId, leaseMs, id, dueForMs],
  );
  return claim;
}

/**
 * Writes what became of jobs, in one statement, and names those that were still this worker's. The others were lost: their
 * rows are as they were. Idempotent. Errors as `Sql.query`.
 */
export async function settle(sql: QuerySql, workerId: string, settlement: Settlement): Promise<string[]> {
  const { completed = [], failed = [], released = [] } = settlement;
  const { lost } = await takeTurn(sql, { workerId, leaseMs: 1, limit: 0 }, settlement);
  return [...completed, ...failed, ...released].flatMap(({ id }) => (lost.has(id) ? [] : [id]));
}

/** Extends leases to `leaseMs` from now, in one statement; names those that are still held. Errors as `Sql.query`. */
export async function renew(
  sql: QuerySql,
  workerId: string,
  held: readonly Fence[],
  leaseMs: number,
): Promise<string[]> {
  if (held.length === 0) return [];
  const sorted = held.toSorted(byId);
  const rows = await sql.query<{ id: string }>(
    "select id from shoal.job_renew($1::text, $2::float8, $3::int8[], $4::int4[]) as id",
    [workerId, leaseMs, sorted.map(({ id }) => id), sorted.map(({ epoch }) => String(epoch))],
  );
  return rows.map(({ id }) => id);
}

/** Of one sweep: the next one takes the rest. */
const RESCUE_COUNT = 1000;

/**
 * Puts back jobs whose lease is over, at most 1,000, to their place in the line, or makes them dead if that was their last
 * attempt. Any number of workers may do so at any time. Errors as `Sql.query`.
 */
export async function rescue(sql: QuerySql): Promise<RescuedJob[]> {
  const rows = await sql.query<Omit<RescuedJob, "jobId"> & { readonly id: string }>(
    "select * from shoal.job_rescue($1::int)",
    [RESCUE_COUNT],
  );
  return rows.map(({ id, ...job }) => ({ jobId: id, ...job }));
}

function failedAsJson({ failed = [], released = [] }: Settlement): string | null {
  if (failed.length + released.length === 0) return null;
  const rows = [
    ...failed.map(({ id, epoch, code, message, retryInMs, leg = "supabase", durationMs = 0 }) => ({
      id,
      epoch,
      code,
      message,
      retry_in_ms: retryInMs,
      duration_ms: Math.max(0, Math.round(durationMs)),
      actor: leg === "inngest" ? "inngest" : "worker",
    })),
    ...released.map(({ id, epoch }) => ({ id, epoch, is_released: true })),
  ];
  return JSON.stringify(rows.toSorted(byId));
}

/** Rows are locked in the order of their ids, as everywhere. Ids are int8 in decimals. */
function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id.length - other.id.length || (one.id < other.id ? -1 : 1);
}
