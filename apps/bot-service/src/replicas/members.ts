import { createAlarm, createEmitter, type EpochMs, type EventSource, type Runtime, SECOND_MS } from "@shoal/kernel";
import { rendezvousOrder } from "./rendezvous.ts";
import { fleetOf, lateLast, seniorsOf } from "./seniority.ts";

/** What the daemon runs: bots, work of the queues and strategies, or both. */
export type ReplicaRole = "all" | "fleet" | "worker";

/** One replica of the fleet, as its row in the database says. */
export interface Member {
  readonly replicaId: string;
  /** What the others may expect of it: `PROTOCOL` of its version. */
  readonly protocol: number;
  readonly version: string;
  readonly role: ReplicaRole;
  readonly isDraining: boolean;
  readonly startedAtMs: EpochMs;
  /** Active people, as it counts them; null while it does not. */
  readonly people: number | null;
  /** Bots wanted in the whole fleet, as it wants them; null while it does not. */
  readonly target: number | null;
  /** Most bots of the fleet that it runs. */
  readonly botMax: number;
  /** Numbers of the bots of the fleet that it runs or may start. */
  readonly places: readonly number[];
  /** Number of bots that commands deployed to it. */
  readonly deployed: number;
  /** Whether it has missed a renewal: what must not wait is done by the next in order. */
  readonly isLate: boolean;
}

/** What a replica says of itself. */
export type Report = Partial<
  Pick<Member, "people" | "target" | "deployed" | "isDraining"> & { wantedPlaces: number[] }
>;

export interface MembersEvents {
  /** A replica came, or is not there any more. */
  "members:changed": { readonly joined: readonly string[]; readonly gone: readonly string[] };
  /** Something else about the members is new: what they run, whether they drain or are late, this one included, what is granted here. */
  "members:updated": Record<never, never>;
  /** The own term is over: the others take this replica for dead. */
  "members:term-over": Record<never, never>;
  /** The row is to be renewed now rather than with the next pulse. */
  "members:stale": Record<never, never>;
}

/** The replicas that share the database, as the last pulse told; changed by `answered` alone. */
export interface Members {
  readonly replicaId: string;
  /**
   * Those that live, this one included, by id; none before the first answer. After the own term was over, which it was for all when the
   * database was away, those that lived before count as late for some seconds more: what they run is not to be started elsewhere.
   */
  readonly live: readonly Member[];
  /** Those of them that run bots and do not drain. */
  readonly fleet: readonly Member[];
  /** Whether the others can count on this replica: its term is not over, by its own monotonic clock. */
  readonly isCurrent: boolean;
  /** Whether this replica has missed a renewal, by the same clock: the next in order does by now what must not wait. */
  readonly isLate: boolean;
  /** Numbers of the bots that this replica may run: those of the last answer that it still wants. */
  readonly granted: ReadonlySet<number>;
  readonly events: EventSource<MembersEvents>;
  /**
   * `fleet`, the oldest first; those that are late come last. The first leads: it watches the lobby and decides for all. Newcomers do not
   * take that from replicas that know what goes on.
   */
  readonly seniors: readonly Member[];
  /** Returns `fleet` in the order in which its members are preferred for a key; those that are late come last. */
  order(key: string): readonly Member[];
  /** Changes what this replica says of itself, from the next pulse on; asks for one, unless only people or deployed bots changed. */
  report(change: Report): void;
}

/** The members with what the pulse needs to renew them. */
export interface RenewedMembers extends Members {
  /** Returns what the next pulse says of this replica. */
  request(): object;
  /** Takes in the answer to a pulse that was sent at `sentAtMs` of the monotonic clock. */
  answered(answer: MembersAnswer, sentAtMs: number): void;
  /** Asks for a pulse, at once or a moment later where there are many replicas: something about others is new. */
  refresh(): void;
  /** Writes these figures for people to see, every few seconds from now on. */
  showFigures(read: () => object): void;
  /** Leaves no timer. Idempotent. */
  close(): void;
}

/** The answer of `shoal.replica_renew`. */
export interface MembersAnswer {
  readonly live: readonly string[];
  readonly late: readonly string[];
  readonly granted: readonly number[];
  /** Nothing new was granted, because others were being granted places. */
  readonly is_busy: boolean;
  /** Until the first late replica counts as dead, in ms; null if none is late. */
  readonly next_end_ms: number | null;
  readonly changed: readonly MemberRow[];
}

export interface MemberRow {
  readonly replica_id: string;
  readonly protocol: number;
  readonly version: string;
  readonly role: ReplicaRole;
  readonly is_draining: boolean;
  readonly started_at_ms: EpochMs;
  readonly revision: number;
  readonly people: number | null;
  readonly target: number | null;
  readonly bot_max: number;
  readonly places: readonly number[];
  readonly deployed: number;
}

export interface MembersOptions {
  readonly runtime: Pick<Runtime, "clock">;
  readonly replicaId: string;
  readonly version: string;
  readonly role: ReplicaRole;
  readonly botMax: number;
}

/** The `protocol` from which on a replica takes conversations over. */
export const TAKES_CONVERSATIONS = 2;
/** What this version can do for the others. docs/upgrades.md says what each number means. */
export const PROTOCOL = TAKES_CONVERSATIONS;
/** Two pulses of a replica that nobody uses may fail before it counts as dead. */
export const MEMBER_TERM_MS = 8 * SECOND_MS;
/** One such pulse, and half of the time until the next. */
export const LATE_AFTER_MS = 4.5 * SECOND_MS;
/** How often figures are written for people to see. */
const FIGURES_EVERY_MS = 5 * SECOND_MS;
/** After a time in which this replica was not renewed, and perhaps no other, each of them is back within this time: the longest wait between two tries, and a try. */
const RESUME_MS = 5 * SECOND_MS;
/**
 * Between two pulses that announcements of others cause, for each replica: all of them together send 500 such a second, however many there are.
 * Without it each of 200 replicas answers each change of the 199 others at once. @source bench replicas-simulation
 */
const REFRESH_PER_MEMBER_MS = 2;
/** After which places are asked for again, when others were being granted some: that takes a millisecond or two. */
const BUSY_AGAIN_MS = 10;
/** A replica that has ended is not dead a moment before: the next look is this much later. */
const END_MARGIN_MS = 5;

/** Makes the list, empty until the first answer. */
export function createMembers({ runtime, replicaId, version, role, botMax }: MembersOptions): RenewedMembers {
  const { clock } = runtime;
  const events = createEmitter<MembersEvents>();
  const known = new Map<string, { readonly revision: number; readonly row: MemberRow }>();
  let own = { people: null, target: null, deployed: 0, isDraining: false, wantedPlaces: [] } as Required<Report>;
  let live: readonly Member[] = [];
  let fleet: readonly Member[] = [];
  let granted: ReadonlySet<number> = new Set();
  /** When the last pulse that was answered was sent. Read and not only timed: after a freeze any timer may fire first. */
  let renewedAtMs = -Infinity;
  let resumedAtMs = -Infinity;
  const lateness = createAlarm(clock, () => events.emit("members:updated", {}));
  const term = createAlarm(clock, () => events.emit("members:term-over", {}));
  const look = createAlarm(clock, () => events.emit("members:stale", {}));
  const refreshing = createAlarm(clock, () => askAgain());
  let refreshedAtMs = -Infinity;
  let readFigures: (() => object) | undefined;
  let figuresAtMs = -Infinity;
  let isClosed = false;

  const sinceRenewedMs = () => clock.monotonicMs() - renewedAtMs;
  const isOwnLate = () => sinceRenewedMs() >= LATE_AFTER_MS;
  const isMemberLate = (member: Member) => member.isLate || (member.replicaId === replicaId && isOwnLate());

  const askAgain = () => {
    refreshedAtMs = clock.monotonicMs();
    events.emit("members:stale", {});
  };

  const figures = () => {
    if (!readFigures || clock.monotonicMs() < figuresAtMs + FIGURES_EVERY_MS) return {};
    figuresAtMs = clock.monotonicMs();
    return { snapshot: readFigures() };
  };

  /** Takes the answer in; returns whether anything but the terms is new. */
  const apply = ({ live: ids, late, changed, granted: answered }: MembersAnswer): boolean => {
    const before = live;
    // One that was given back meanwhile is not had again by an answer to an older question.
    const places = [...new Set(answered).intersection(new Set(own.wantedPlaces))];
    for (const row of changed) known.set(row.replica_id, { revision: row.revision, row });
    const absent = [...known.keys()].filter((id) => !ids.includes(id));
    const awaited = clock.monotonicMs() < resumedAtMs + RESUME_MS ? absent : [];
    for (const id of absent) if (!awaited.includes(id)) known.delete(id);
    const isLate = (id: string) => late.includes(id) || awaited.includes(id);
    const isNew =
      changed.length > 0 ||
      !sameNumbers(granted, places) ||
      before.some((each) => each.isLate !== isLate(each.replicaId));
    live = [...known.values()]
      .map(({ row }) => memberOf(row, isLate(row.replica_id)))
      .sort((left, right) => (left.replicaId < right.replicaId ? -1 : 1));
    fleet = fleetOf(live);
    granted = new Set(places);
    return isNew;
  };

  return {
    replicaId,
    events,
    get live() {
      return live;
    },
    get fleet() {
      return fleet;
    },
    get isCurrent() {
      return !isClosed && sinceRenewedMs() < MEMBER_TERM_MS;
    },
    get isLate() {
      return isOwnLate();
    },
    get granted() {
      return granted;
    },
    get seniors() {
      return seniorsOf(fleet, isMemberLate);
    },
    order: (key) =>
      lateLast(
        rendezvousOrder(key, fleet, (member) => member.replicaId),
        isMemberLate,
      ),
    report(change) {
      const before = own;
      own = { ...own, ...change };
      granted = granted.intersection(new Set(own.wantedPlaces));
      const isAsked =
        own.target !== before.target ||
        own.isDraining !== before.isDraining ||
        !sameNumbers(new Set(before.wantedPlaces), own.wantedPlaces);
      if (isAsked) events.emit("members:stale", {});
    },
    request() {
      return {
        ...{ replica_id: replicaId, protocol: PROTOCOL, version, role, bot_max: botMax },
        ...{ people: own.people, target: own.target, deployed: own.deployed, is_draining: own.isDraining },
        ...{ wanted_places: own.wantedPlaces, term_ms: MEMBER_TERM_MS, late_after_ms: LATE_AFTER_MS },
        known: Object.fromEntries([...known].map(([id, { revision }]) => [id, revision])),
        ...figures(),
      };
    },
    answered(answer, sentAtMs) {
      if (isClosed) return;
      const before = new Set(live.map((member) => member.replicaId));
      const wasLate = isOwnLate();
      // What kept this replica from its renewals may have kept the others from theirs, for a little longer than their terms.
      if (renewedAtMs > -Infinity && wasLate) resumedAtMs = clock.monotonicMs();
      const isNew = apply(answer) || wasLate;
      renewedAtMs = sentAtMs;
      lateness.set(LATE_AFTER_MS - sinceRenewedMs());
      term.set(MEMBER_TERM_MS - sinceRenewedMs());
      const resumesInMs = resumedAtMs + RESUME_MS - clock.monotonicMs();
      const nextInMs = Math.min(
        (answer.next_end_ms ?? Infinity) + END_MARGIN_MS,
        resumesInMs > 0 ? resumesInMs : Infinity,
        answer.is_busy ? BUSY_AGAIN_MS : Infinity,
      );
      look.set(nextInMs);
      const now = new Set(live.map((member) => member.replicaId));
      const joined = [...now.difference(before)];
      const gone = [...before.difference(now)];
      if (joined.length + gone.length > 0) events.emit("members:changed", { joined, gone });
      else if (isNew) events.emit("members:updated", {});
    },
    refresh() {
      if (refreshing.isSet || isClosed) return;
      const waitMs = refreshedAtMs + live.length * REFRESH_PER_MEMBER_MS - clock.monotonicMs();
      if (waitMs <= 0) askAgain();
      else refreshing.set(waitMs);
    },
    showFigures(read) {
      readFigures = read;
    },
    close() {
      isClosed = true;
      for (const alarm of [lateness, term, look, refreshing]) alarm.cancel();
    },
  };
}

function memberOf(row: MemberRow, isLate: boolean): Member {
  return {
    ...{ replicaId: row.replica_id, protocol: row.protocol, version: row.version, role: row.role },
    ...{ isDraining: row.is_draining, startedAtMs: row.started_at_ms, people: row.people, target: row.target },
    ...{ botMax: row.bot_max, places: row.places, deployed: row.deployed, isLate },
  };
}

function sameNumbers(one: ReadonlySet<number>, other: readonly number[]): boolean {
  return one.size === other.length && other.every((number) => one.has(number));
}
