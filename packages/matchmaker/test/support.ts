import {
  type Clock,
  createSystemRuntime,
  FleetError,
  type Log,
  type LogFields,
  type Runtime,
  silentLog,
} from "@shoal/kernel";
import type { Database, SqlValue } from "@shoal/store";
import { emptyTables } from "@shoal/testkit";
import { assembleMatchmaker } from "../src/matchmaker.ts";
import type { MatchRules } from "../src/rules/rules.ts";
import type { SweepRequest } from "../src/sweep.ts";
import type { BotSupply, IdleBot, Matchmaker, MatchmakerEvents, MatchPolicy } from "../src/types.ts";

/** Time that passes only on request, for the database's rows and for the replicas' clocks alike. */
export interface World {
  readonly database: Database<string>;
  readonly runtime: Runtime;
  /** Lets `ms` go by: moves all rows that far into the past. */
  passTime(ms: number): Promise<void>;
  /** Lets `ms` go by for the replicas alone: whatever they pause for is over. */
  passPauses(ms: number): void;
}

export function makeWorld(database: Database<string>): World {
  let passedMs = 0;
  const system = createSystemRuntime();
  const clock: Clock = {
    now: () => system.clock.now() + passedMs,
    monotonicMs: () => system.clock.monotonicMs() + passedMs,
    after: (delayMs, fire) => system.clock.after(delayMs, fire),
    get pendingTimers() {
      return system.clock.pendingTimers;
    },
  };
  return {
    database,
    runtime: { ...system, clock },
    passPauses(ms) {
      passedMs += ms;
    },
    async passTime(ms) {
      passedMs += ms;
      await database.query(
        `with step as (select $1::int * interval '1 millisecond' as by),
         tickets as (update shoal.match_tickets set queued_at = queued_at - step.by, opened_at = opened_at - step.by,
           closed_at = closed_at - step.by from step),
         matches as (update shoal.matches set made_at = made_at - step.by, confirm_by = confirm_by - step.by,
           live_at = live_at - step.by, ended_at = ended_at - step.by from step)
         update shoal.leases set expires_at = expires_at - step.by, resumed_at = resumed_at - step.by from step`,
        [ms],
      );
    },
  };
}

/** Bots of one replica that do as a fleet does: busy from the reservation until their match is over. */
export interface FakeFleet extends BotSupply {
  readonly all: ReadonlySet<string>;
  readonly busy: ReadonlySet<string>;
  add(botId: string): void;
  /** False while the bot is busy. */
  remove(botId: string): boolean;
}

export type LoggedEvent = {
  [Name in keyof MatchmakerEvents]: { name: Name } & MatchmakerEvents[Name];
}[keyof MatchmakerEvents];

export interface Replica {
  readonly id: string;
  readonly matchmaker: Matchmaker;
  readonly fleet: FakeFleet;
  readonly log: LoggedEvent[];
  /** Fields of the lines that it wrote at the level warn. */
  readonly warnings: LogFields[];
  /** Runs one cycle after those requested before, as the loop would on a nudge. */
  cycle(): Promise<void>;
  /** Drain, after a running cycle. */
  drain(): Promise<void>;
  /** Events of one name so far. */
  seen<Name extends keyof MatchmakerEvents>(name: Name): MatchmakerEvents[Name][];
}

export interface ReplicaOptions {
  readonly id?: string;
  readonly bots?: readonly string[];
  /** Whether an operator chose the ids of these bots. */
  readonly hasOperatorChosenIds?: boolean;
  readonly policy?: Partial<MatchPolicy>;
  readonly rules?: Partial<MatchRules>;
  /** Replaces the shared database, to make it fail. */
  readonly database?: Database<string>;
}

export function makeReplica(world: World, options: ReplicaOptions = {}): Replica {
  const { id = "replica-1", bots = [], policy = {}, rules = {}, database = world.database } = options;
  const { fleet, release, seat } = makeFleet(bots, options.hasOperatorChosenIds ?? false);
  const warnings: LogFields[] = [];
  const kept: Log = { ...silentLog, child: () => kept, warn: (fields) => void warnings.push(fields) };
  const runtime = { ...world.runtime, log: kept };
  const parts = assembleMatchmaker({ database, runtime, replicaId: id, policy, rules, bots: fleet });
  const { matchmaker, cycle } = parts;
  const log: LoggedEvent[] = [];
  matchmaker.events.onAny((name, event) => log.push({ name, ...event } as LoggedEvent));
  matchmaker.events.on("match:made", ({ match }) =>
    seat(match.matchId, match.seats[1].bot ? match.seats[1].id : undefined),
  );
  matchmaker.events.on("match:ended", ({ matchId }) => release(matchId));
  matchmaker.events.on("match:expired", ({ matchId }) => release(matchId));
  matchmaker.events.on("match:lost", ({ matchId }) => release(matchId));
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = async (work: () => Promise<unknown>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => {});
    await done;
  };
  return {
    id,
    matchmaker,
    fleet,
    log,
    warnings,
    cycle: () =>
      inTurn(() => {
        cycle.noteNews();
        return cycle.run();
      }),
    drain: () => inTurn(() => matchmaker.drain()),
    seen: <Name extends keyof MatchmakerEvents>(name: Name) =>
      log.filter((entry) => entry.name === name) as unknown as MatchmakerEvents[Name][],
  };
}

function makeFleet(initial: readonly string[], hasOperatorChosenId: boolean) {
  const all = new Set<string>(initial);
  const busy = new Set<string>();
  const byMatch = new Map<string, string>();
  const fleet: FakeFleet = {
    all,
    busy,
    add: (botId) => void all.add(botId),
    remove: (botId) => !busy.has(botId) && all.delete(botId),
    idleBots: () =>
      [...all]
        .filter((botId) => !busy.has(botId))
        .map((botId, index): IdleBot => ({ botId, name: `Bot ${botId}`, idleSinceMs: index, hasOperatorChosenId })),
    reserve(botId) {
      if (!all.has(botId) || busy.has(botId)) return false;
      busy.add(botId);
      return true;
    },
    unreserve: (botId) => void busy.delete(botId),
  };
  return {
    fleet,
    seat: (matchId: string, botId: string | undefined) => botId && byMatch.set(matchId, botId),
    release(matchId: string) {
      const botId = byMatch.get(matchId);
      if (botId) busy.delete(botId);
      byMatch.delete(matchId);
    },
  };
}

/** A sweep of a replica that knows of no match of its own bots. */
export const sweepOf = (replicaId: string, limit = 100): SweepRequest => ({
  ...{ replicaId, leaseMs: 10_000, maxUnconfirmed: 3, limit },
  ...{ pending: [], live: [] },
});

/** A database for one process, which can die with it: from then on every answer is lost, as after SIGKILL. */
export function mortal(database: Database<string>): { database: Database<string>; kill(): void } {
  let isDead = false;
  const gone = () => new FleetError("STORE_UNAVAILABLE", "this process is dead", { retryable: true });
  return {
    kill() {
      isDead = true;
    },
    database: {
      ...database,
      async query<Row extends object>(text: string, params?: readonly SqlValue[]): Promise<Row[]> {
        if (isDead) throw gone();
        const rows = await database.query<Row>(text, params);
        if (isDead) throw gone();
        return rows;
      },
    },
  };
}

/** Returns every broken promise about the rows, in words. Reads plain columns and trusts no index. */
export async function brokenPromises(database: Database<string>): Promise<string[]> {
  const rows = await database.query<{ promise: string }>(`
    with open_seats as (
      select s.*, m.status, m.live_at from shoal.match_seats s join shoal.matches m using (match_id) where m.status <> 'ended'
    )
    select 'T1 user with two open tickets: ' || user_id as promise from shoal.match_tickets where status <> 'closed'
      group by user_id having count(*) > 1
    union all
    select 'M1 person in two open matches: ' || participant_id from open_seats where not bot
      group by participant_id having count(*) > 1
    union all
    select 'M2 bot in two open matches: ' || participant_id from open_seats where bot
      group by replica_id, participant_id having count(*) > 1
    union all
    select 'M3 match without two seats, one a person''s: ' || m.match_id from shoal.matches m
      where (select count(*) from shoal.match_seats s where s.match_id = m.match_id) <> 2
        or not exists (select 1 from shoal.match_seats s where s.match_id = m.match_id and not s.bot)
    union all
    select 'M4 seat open in a match that is over, or the reverse: ' || s.match_id from shoal.match_seats s
      join shoal.matches m using (match_id) where s.is_open <> (m.status <> 'ended')
    union all
    select 'M5 live and not confirmed by all: ' || match_id from open_seats where live_at is not null and confirmed_at is null
    union all
    select 'M6 bot seat in a match of no or another replica: ' || s.match_id from open_seats s join shoal.matches m using (match_id)
      where s.bot and s.replica_id is distinct from m.replica_id
    union all
    select 'B1 open match of two who are kept apart: ' || b.user_id || ' ' || b.blocked_id from public.match_blocks b
      join open_seats own on own.participant_id = b.user_id and not own.bot
      join open_seats other on other.match_id = own.match_id and other.participant_id = b.blocked_id
    union all
    select 'T2 ticket and seat disagree: ' || t.user_id || ' ' || t.status from shoal.match_tickets t
      left join open_seats s on s.ticket_id = t.id
      where case t.status
        when 'waiting' then s.match_id is not null
        when 'reserved' then s.status is distinct from 'pending' or s.match_id is distinct from t.match_id
        when 'matched' then s.status is distinct from 'live' or s.match_id is distinct from t.match_id
        else s.match_id is not null or t.closed_reason is null end
    union all
    select 'T3 closed as if after a live match that never was: ' || t.user_id || ' ' || t.closed_reason from shoal.match_tickets t
      where t.closed_reason in ('partner_left', 'replica_lost', 'drained', 'too_long', 'ended')
        and not exists (
          select 1 from shoal.match_seats s join shoal.matches m using (match_id)
          where s.ticket_id = t.id and m.live_at is not null
        )
    union all
    select 'T4 superseded by nothing: ' || t.user_id from shoal.match_tickets t
      where t.closed_reason = 'superseded'
        and not exists (select 1 from shoal.match_tickets n where n.user_id = t.user_id and n.id <> t.id and n.opened_at >= t.closed_at)
    union all
    select 'T5 given up too early: ' || t.user_id from shoal.match_tickets t
      where t.closed_reason = 'unconfirmed' and t.unconfirmed < 3`);
  return rows.map((row) => row.promise);
}

/** Empties the tables of matchmaking. */
export async function emptyMatchTables(database: Database<string>): Promise<void> {
  const tables = ["match_seats", "matches", "match_tickets", "match_untold", "leases"];
  await emptyTables(database, [...tables.map((table) => `shoal.${table}`), "public.match_blocks"]);
}
