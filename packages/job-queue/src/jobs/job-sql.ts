import { parseExactJson } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import type { ClaimedJob, Executor, Json, RescuedJob } from "../types.ts";

type QuerySql = Pick<Sql, "query">;

/** A claimed job. */
export interface Claim extends ClaimedJob {
  /** Since it was due, in ms. */
  readonly waitMs: number;
  readonly uniqueKey: string | null;
  readonly payloadBytes: number;
}

/** One claim of a job: a write that carries it changes nothing once the job was claimed again. */
export interface Fence {
  readonly id: string;
  readonly epoch: number;
}

export interface FailedJob extends Fence {
  readonly code: string;
  /** At most 1,000 characters that Postgres can store: neither the character 0 nor half of a surrogate pair. */
  readonly message: string;
  /** 0 or more; null makes it dead. */
  readonly retryInMs: number | null;
  /** For the audit; default `supabase`. */
  readonly executor?: Executor;
  readonly durationMs?: number;
}

/** What became of jobs. */
export interface JobOutcomes {
  readonly completed?: readonly Fence[];
  readonly failed?: readonly FailedJob[];
  /** Back to their place in the order, the attempt not counted. */
  readonly released?: readonly Fence[];
}

export interface ClaimRequest {
  /** An id that no other live process uses. */
  readonly workerId: string;
  /** After so long without a renewal others may claim it, in ms, more than 0. */
  readonly leaseMs: number;
  /** 0 or more. */
  readonly limit: number;
  /** Of payloads, but at least one job is claimed. Default: any number. */
  readonly maxBytes?: number | undefined;
}

/** Up to where a worker has scanned the pending jobs. Written and read by the database only. */
export type ScanPosition = Json;

/** Where the search for work begins. */
export interface ScanCursor {
  readonly position: ScanPosition;
  /** True: all pending jobs, including those that were added behind the position. */
  readonly isFull: boolean;
}

export interface ClaimedJobs {
  /** Ids of jobs whose outcomes were not written because others hold them. */
  readonly lost: ReadonlySet<string>;
  /** In the order in which they are to run. */
  readonly claimed: Claim[];
  /** More were due than `maxBytes` allow. */
  readonly isCut: boolean;
  /** Where fewer than `limit` were due: in how many ms the next one will be. */
  readonly nextDueMs: number | undefined;
  /** Null when nothing was to be claimed. */
  readonly position: ScanPosition;
}

/** The driver would parse a payload as `JSON.parse` does, which rounds long numbers. */
const CLAIM_COLUMNS = 'id, type, payload::text as payload, attempt, "maxAttempts", epoch, "waitMs", "uniqueKey"';

/** Uncompressed, as `shoal.job_complete_and_claim` counts them. */
const PAYLOAD_BYTES = 'pg_column_size(array[payload]) as "payloadBytes"';

const COMPLETE_AND_CLAIM = statement(
  "job_complete_and_claim",
  `select ${CLAIM_COLUMNS}, ${PAYLOAD_BYTES}
   from shoal.job_complete_and_claim($1::text, $2::float8, $3::int, $4::int8[], $5::int4[], ($6::text)::jsonb, ($7::text)::jsonb, $8::bool, $9::int8)`,
);

/**
 * Writes outcomes and claims jobs in one statement. When no answer comes, the same outcomes may be written again. Errors as
 * `Sql.query`.
 */
export async function completeAndClaim(
  sql: QuerySql,
  request: ClaimRequest,
  outcomes: JobOutcomes,
  cursor: ScanCursor = { position: null, isFull: true },
): Promise<ClaimedJobs> {
  const completed = (outcomes.completed ?? []).toSorted(byId);
  const failed = failedAsJson(outcomes);
  const rows = await sql.query<AsText<Claim> | Lost | After>(COMPLETE_AND_CLAIM, [
    request.workerId,
    request.leaseMs,
    request.limit,
    completed.map(({ id }) => id),
    completed.map(({ epoch }) => String(epoch)),
    failed,
    cursor.position === null ? null : JSON.stringify(cursor.position),
    cursor.isFull,
    request.maxBytes ?? null,
  ]);
  const lost = new Set<string>();
  const claimed: Claim[] = [];
  let after: After | undefined;
  for (const row of rows) {
    if (row.type !== null) claimed.push(withPayload(row));
    else if (row.id !== null) lost.add(row.id);
    else after = row;
  }
  const isCut = after?.waitMs === 0;
  return {
    lost,
    claimed,
    isCut,
    nextDueMs: after?.waitMs ?? undefined,
    position: after ? JSON.parse(after.payload) : null,
  };
}

interface Lost {
  readonly id: string;
  readonly type: null;
}

interface After {
  readonly id: null;
  readonly type: null;
  /** A `ScanPosition`. */
  readonly payload: string;
  readonly waitMs: number | null;
}

/** A row whose payload was read as text. */
export type AsText<Row> = Omit<Row, "payload"> & { readonly payload: string };

/** Parses the payload; long numbers in it become texts. */
export function withPayload<Row extends { readonly payload: string }>(
  row: Row,
): Omit<Row, "payload"> & { payload: Json } {
  return { ...row, payload: parseExactJson(row.payload) as Json };
}

/**
 * Claims jobs that are due and not held: higher priority first, then by time, then by id. Each claim counts an attempt. Errors as `Sql.query`.
 */
export async function claimBatch(sql: QuerySql, request: ClaimRequest): Promise<Claim[]> {
  return (await completeAndClaim(sql, request, {})).claimed;
}

const CLAIM_BY_IDS = statement(
  "job_claim_by_ids",
  `select ${CLAIM_COLUMNS}, ${PAYLOAD_BYTES} from (
     select claimed.* from unnest($3::int8[]) as called (id)
     cross join lateral shoal.job_claim_one($1::text, $2::float8, called.id, $4::float8) as claimed
   ) as claimed`,
);

/** Claims those of these jobs that are pending, have been due for `dueForMs` (default 0), and are not held. Errors as `Sql.query`. */
export async function claimByIds(
  sql: QuerySql,
  request: {
    readonly ids: readonly string[];
    readonly workerId: string;
    readonly leaseMs: number;
    readonly dueForMs?: number;
  },
): Promise<Claim[]> {
  const { ids, workerId, leaseMs, dueForMs = 0 } = request;
  const rows = await sql.query<AsText<Claim>>(CLAIM_BY_IDS, [workerId, leaseMs, ids, dueForMs]);
  return rows.map(withPayload);
}

/**
 * Writes what became of jobs, in one statement, and resolves with the ids of those that were still this worker's. The rows of
 * the others are as they were. Idempotent. Errors as `Sql.query`.
 */
export async function writeOutcomes(sql: QuerySql, workerId: string, outcomes: JobOutcomes): Promise<string[]> {
  const { completed = [], failed = [], released = [] } = outcomes;
  const { lost } = await completeAndClaim(sql, { workerId, leaseMs: 1, limit: 0 }, outcomes);
  return [...completed, ...failed, ...released].flatMap(({ id }) => (lost.has(id) ? [] : [id]));
}

const RENEW = statement(
  "job_renew",
  "select id from shoal.job_renew($1::text, $2::float8, $3::int8[], $4::int4[]) as id",
);

/** Extends leases to `leaseMs` from now, in one statement; resolves with the ids of those that are still held. Errors as `Sql.query`. */
export async function renew(
  sql: QuerySql,
  workerId: string,
  held: readonly Fence[],
  leaseMs: number,
): Promise<string[]> {
  if (held.length === 0) return [];
  const sorted = held.toSorted(byId);
  const rows = await sql.query<{ id: string }>(RENEW, [
    workerId,
    leaseMs,
    sorted.map(({ id }) => id),
    sorted.map(({ epoch }) => String(epoch)),
  ]);
  return rows.map(({ id }) => id);
}

/** The next sweep takes the rest. */
const RESCUE_COUNT = 1000;

const RESCUE = statement("job_rescue", "select * from shoal.job_rescue($1::int)");

/**
 * Puts back jobs whose lease has run out, at most 1,000, to their place in the order, or makes them dead if that was their last
 * attempt. Any number of workers may do so at any time. Errors as `Sql.query`.
 */
export async function rescue(sql: QuerySql): Promise<RescuedJob[]> {
  const rows = await sql.query<Omit<RescuedJob, "jobId"> & { readonly id: string }>(RESCUE, [RESCUE_COUNT]);
  return rows.map(({ id, ...job }) => ({ jobId: id, ...job }));
}

function failedAsJson({ failed = [], released = [] }: JobOutcomes): string | null {
  if (failed.length + released.length === 0) return null;
  const rows = [
    ...failed.map(({ id, epoch, code, message, retryInMs, executor = "supabase", durationMs = 0 }) => ({
      id,
      epoch,
      code,
      message,
      retry_in_ms: retryInMs,
      duration_ms: Math.max(0, Math.round(durationMs)),
      actor: executor === "inngest" ? "inngest" : "worker",
    })),
    ...released.map(({ id, epoch }) => ({ id, epoch, is_released: true })),
  ];
  return JSON.stringify(rows.toSorted(byId));
}

/** Rows are locked in the order of their ids, as everywhere. Ids are int8 in decimals. */
function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id.length - other.id.length || (one.id < other.id ? -1 : 1);
}
