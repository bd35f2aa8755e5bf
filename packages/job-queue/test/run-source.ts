import { type Runtime, silentLog, unreported } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import type { Json } from "../src/types.ts";
import { AttemptContext, type ClaimedWork, type WorkHandler } from "../src/work/attempt.ts";
import type { Ask } from "../src/work/claim-plan.ts";
import { type InFlight, kindOf } from "../src/work/in-flight.ts";
import type { SourceTraits, Turn, WorkSource } from "../src/work/work-source.ts";

export const RUNS_SQL = `
  create table public.example_runs (
    id bigint generated always as identity primary key,
    state text not null default 'open',
    due_at timestamptz not null default clock_timestamp(),
    epoch integer not null default 0,
    holder text,
    attempts integer not null default 0,
    result jsonb
  )`;

export interface ExampleRun extends ClaimedWork {
  readonly epoch: number;
}

/** A lease that has run out is due again, as a visibility timeout: no sweep is needed. */
const COMPLETE_AND_CLAIM = `
  with given as (
    select * from jsonb_to_recordset(($1::text)::jsonb) as given(id bigint, epoch integer, kind text, retry_ms float8, result jsonb)
  ), written as (
    update public.example_runs r set
      state = case given.kind when 'completed' then 'done' when 'dead' then 'dead' else 'open' end,
      due_at = statement_timestamp() + coalesce(given.retry_ms, 0) * interval '1 ms',
      attempts = case given.kind when 'released' then greatest(r.attempts - 1, 0) else r.attempts end,
      result = given.result
    from given where r.id = given.id and r.epoch = given.epoch and r.holder = $2
    returning r.id
  ), due as (
    select id from public.example_runs where state = 'open' and due_at <= statement_timestamp() and id not in (select id from given)
    order by due_at, id limit $3 for update skip locked
  ), claimed as (
    update public.example_runs r set epoch = r.epoch + 1, holder = $2, attempts = r.attempts + 1,
      due_at = statement_timestamp() + $4 * interval '1 ms'
    from due where r.id = due.id returning r.id, r.epoch, r.attempts
  )
  select id::text, epoch, attempts as attempt, true as is_claimed from claimed
  union all select id::text, epoch, 0, false from given where id not in (select id from written)`;

/**
 * A source as strategy runs will be one: a table of its own, claimed in batches by one statement that also writes the results of the
 * batch before, in the same transaction.
 */
export class RunSource implements WorkSource<ExampleRun> {
  readonly traits: SourceTraits = {
    ...{ leaseMs: 30_000, writesWithClaims: true, takesLateOutcomes: false },
    ...{ extendsWhileWriting: false, maxWriteCount: 100 },
    ...{ lingerMs: 0, readAheadMs: 0, paceMs: 0, idleMinMs: 100, idleMaxMs: 1_000 },
  };
  readonly reports = {
    claims: unreported("runs"),
    writesOf: () => unreported("runs"),
    leases: unreported("runs"),
  };
  readonly lanes = ["runs"];
  readonly #database: Database<string>;
  readonly #runtime: Runtime;
  readonly #run: WorkHandler<ExampleRun>["run"];

  constructor(database: Database<string>, runtime: Runtime, run: WorkHandler<ExampleRun>["run"]) {
    this.#database = database;
    this.#runtime = runtime;
    this.#run = run;
  }

  laneOf(): string {
    return "runs";
  }

  async completeAndClaim(done: readonly InFlight<ExampleRun>[], asks: readonly Ask[]): Promise<Turn<ExampleRun>> {
    const given = done.map(({ work, outcome }) => ({
      ...{ id: work.id, epoch: work.epoch, kind: kindOf(outcome) },
      retry_ms: outcome?.kind === "failed" ? outcome.retryInMs : null,
      result: outcome?.kind === "completed" ? ((outcome.value ?? null) as Json) : null,
    }));
    const rows = await this.#database.query<Omit<ExampleRun, "payload" | "maxAttempts"> & { is_claimed: boolean }>(
      COMPLETE_AND_CLAIM,
      [JSON.stringify(given), "me", asks[0]?.quantity ?? 0, this.traits.leaseMs],
    );
    return {
      claimed: rows.filter((row) => row.is_claimed).map((row) => ({ ...row, payload: {}, maxAttempts: 5 })),
      lostIds: new Set(rows.filter((row) => !row.is_claimed).map(({ id }) => id)),
    };
  }

  async extend(_lane: string, held: readonly InFlight<ExampleRun>[]): Promise<ReadonlySet<string>> {
    const rows = await this.#database.query<{ id: string }>(
      `update public.example_runs r set due_at = statement_timestamp() + $3 * interval '1 ms'
       from unnest($1::bigint[], $2::int[]) as held(id, epoch)
       where r.id = held.id and r.epoch = held.epoch and r.state = 'open' returning r.id::text`,
      [held.map(({ work }) => work.id), held.map(({ work }) => work.epoch), this.traits.leaseMs],
    );
    return new Set(rows.map(({ id }) => id));
  }

  isRefused(): boolean {
    return false;
  }

  handlerOf(): WorkHandler<ExampleRun> {
    return { run: this.#run };
  }

  contextOf(run: ExampleRun): AttemptContext {
    return new RunContext(run, this.#runtime);
  }

  leaseLost(): Error {
    return new Error("the run is another's");
  }

  drained(): Error {
    return new Error("the process ends");
  }

  emitClaimed(): void {}
  emitOutcome(): void {}
  emitFailed(): void {}
}

class RunContext extends AttemptContext {
  readonly #run: ExampleRun;

  constructor(run: ExampleRun, runtime: Runtime) {
    const enqueue = () => Promise.reject(new Error("no job is added here"));
    super({ runtime: { ...runtime, log: silentLog }, executor: "supabase", enqueue });
    this.#run = run;
  }

  get idempotencyKey(): string {
    return `run:${this.#run.id}:${this.#run.epoch}`;
  }

  protected get logFields() {
    return { part: "run" };
  }
}
