import { createAlarm, type Runtime, SECOND_MS } from "@shoal/kernel";
import { LOOK_PARAMS, type LookRow, lookParams, type Sweep, sweptOf } from "@shoal/matchmaker";
import { type Sql, type SqlValue, type Statement, statement } from "@shoal/store";
import type { MembersAnswer, RenewedMembers } from "../replicas/members.ts";

/**
 * Work that a pulse asks for, as `shoal.pulse` spells it. `held_jobs`: jobs of workers, which are due when their lease runs out; `outbox`: events
 * for Inngest.
 */
export type Watched =
  | "control"
  | "hand_overs"
  | "held_jobs"
  | "jobs"
  | "orders"
  | "outbox"
  | "queues"
  | "schedules"
  | "strategies";

/** Hears in how many ms work is due, with each pulse that knows of some; 0 when it is now, and when no pulse comes any more. */
export type OnDue = (dueInMs: number) => void;

export interface PulseOptions {
  readonly database: Pick<Sql, "query">;
  readonly runtime: Pick<Runtime, "clock">;
  /** Their rows are renewed and read by each pulse. */
  readonly members: Pick<RenewedMembers, "request" | "answered">;
}

/** The one statement that an idle daemon sends every few seconds: the matchmaker's sweep, which also says when other work is due. */
export interface Pulse {
  /** For the matchmaker, whose loop sends it: every 3 s while nobody waits, more often otherwise. */
  readonly sweep: Sweep;
  /** The same without the sweep, for a daemon without a matchmaker. Errors as `Sql.query`. */
  beat(): Promise<void>;
  /** Whether the last one was answered, a moment ago. While it is not, each loop looks for its work by itself. */
  readonly isBeating: boolean;
  /** Queues of pgmq whose messages nobody announces, as of the last pulse: their consumers ask for them. */
  readonly unannounced: readonly string[];
  /** Asks for this work with each pulse from now on. */
  watch(work: Exclude<Watched, "queues">, onDue: OnDue): void;
  /** The same for messages in these queues. */
  watchQueues(queues: readonly string[], onDue: OnDue): void;
  /** Leaves no timer. Idempotent. */
  close(): void;
}

/** A cycle of the matchmaker seldom takes as long; whatever was announced in vain is found by then. */
const STALE_MS = 5 * SECOND_MS;

const PULSE = statement(
  "pulse",
  `select to_jsonb(change) as change, outlook from shoal.pulse(${LOOK_PARAMS}, $7::text[], $8::text[], ($9::text)::jsonb)`,
);

const BEAT = statement("beat", "select shoal.beat(($3::text)::jsonb, $1::text[], $2::text[]) as outlook");

/** What a pulse says besides its sweep. */
interface PulseAnswer {
  readonly due: Readonly<Record<Watched, number | null>>;
  readonly unannounced: readonly string[];
  readonly members: MembersAnswer;
}

interface PulseRow extends LookRow {
  readonly outlook: (NonNullable<LookRow["outlook"]> & PulseAnswer) | null;
}

/** Makes a pulse that beats as soon as a matchmaker sends its sweeps. */
export function createPulse({ database, runtime, members }: PulseOptions): Pulse {
  const { clock } = runtime;
  const watched = new Map<Watched, OnDue>();
  let queues: readonly string[] = [];
  let unannounced: readonly string[] = [];
  let isBeating = false;
  let isClosed = false;
  const stale = createAlarm(clock, () => missed());

  const missed = () => {
    stale.cancel();
    const wasBeating = isBeating;
    isBeating = false;
    if (wasBeating) for (const onDue of watched.values()) onDue(0);
  };

  const answered = (outlook: PulseAnswer, sentAtMs: number) => {
    if (isClosed) return;
    members.answered(outlook.members, sentAtMs);
    stale.set(STALE_MS);
    isBeating = true;
    unannounced = outlook.unannounced;
    for (const [work, onDue] of watched) {
      const dueInMs = outlook.due[work];
      if (dueInMs !== null) onDue(Math.max(0, dueInMs));
    }
  };

  /** Sends a statement whose last row has an outlook; `sweep` are its first parameters. */
  const send = async <Row extends { readonly outlook: PulseAnswer | null }>(
    text: Statement,
    sweep: readonly SqlValue[],
  ): Promise<readonly Row[]> => {
    const sentAtMs = clock.monotonicMs();
    try {
      const asked = [[...watched.keys()], queues, JSON.stringify(members.request())];
      const rows = await database.query<Row>(text, [...sweep, ...asked]);
      const outlook = rows.at(-1)?.outlook;
      if (outlook) answered(outlook, sentAtMs);
      return rows;
    } catch (thrown) {
      missed();
      throw thrown;
    }
  };

  return {
    sweep: async (request) => sweptOf(await send<PulseRow>(PULSE, lookParams(request))),
    async beat() {
      await send(BEAT, []);
    },
    get isBeating() {
      return isBeating;
    },
    get unannounced() {
      return unannounced;
    },
    watch(work, onDue) {
      watched.set(work, onDue);
    },
    watchQueues(names, onDue) {
      queues = names;
      watched.set("queues", onDue);
    },
    close() {
      isClosed = true;
      isBeating = false;
      stale.cancel();
    },
  };
}
