import { type Clock, createLoop, fullJitter, type Rng, type Runtime, SECOND_MS } from "@shoal/kernel";
import { createMembers, type MemberRow, type MembersAnswer, type RenewedMembers } from "./members.ts";

/** What a pulse says of a replica, as `members.request` makes it. */
interface Renewal extends Omit<MemberRow, "places" | "revision" | "started_at_ms"> {
  readonly wanted_places: readonly number[];
  readonly term_ms: number;
  readonly late_after_ms: number;
  readonly known: Readonly<Record<string, number>>;
}

interface Row {
  readonly row: MemberRow;
  readonly renewedAtMs: number;
  readonly expiresAtMs: number;
}

/** The table of replicas without a database: `renew` does what `shoal.replica_renew` does, by the clock of the test. */
export class FakeRows {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #rows = new Map<string, Row>();
  readonly #listeners = new Set<(replicaId: string) => void>();

  /** Chance that places are being granted to others when some are asked for. */
  busyRatio = 0;

  constructor(clock: Clock, rng: Rng) {
    this.#clock = clock;
    this.#rng = rng;
  }

  /** Hears the ids of replicas that announce something. */
  listen(listener: (replicaId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  renew(renewal: Renewal): MembersAnswer {
    const { wanted_places: wanted, term_ms, late_after_ms, known, ...said } = renewal;
    const { replica_id: id } = said;
    const nowMs = this.#clock.monotonicMs();
    const before = this.#rows.get(id);
    const own = new Set(before?.row.places);
    const isMore = !new Set(wanted).isSubsetOf(own);
    const isBusy = isMore && this.#rng.next() < this.busyRatio;
    if (isMore && !isBusy) this.#clearDead(nowMs);
    const taken = new Set(this.#live(nowMs).flatMap(({ row }) => (row.replica_id === id ? [] : row.places)));
    const places = wanted
      .filter((number) => (isBusy ? own.has(number) : !taken.has(number)))
      .toSorted((one, other) => one - other);
    const { revision = 0, started_at_ms = nowMs } = before?.row ?? {};
    const row = { ...said, places, revision, started_at_ms };
    if (JSON.stringify(row) !== JSON.stringify(before?.row)) row.revision += 1;
    this.#rows.set(id, { row, renewedAtMs: nowMs, expiresAtMs: nowMs + term_ms });
    if (announced(row) !== announced(before?.row)) for (const listener of [...this.#listeners]) listener(id);
    const live = this.#live(nowMs);
    const late = live.filter(({ renewedAtMs }) => renewedAtMs < nowMs - late_after_ms);
    const ends = late.map(({ expiresAtMs }) => expiresAtMs - nowMs);
    return {
      live: live.map((each) => each.row.replica_id),
      late: late.map((each) => each.row.replica_id),
      granted: places,
      is_busy: isBusy,
      next_end_ms: ends.length > 0 ? Math.min(...ends) : null,
      changed: live.map((each) => each.row).filter((each) => known[each.replica_id] !== each.revision),
    };
  }

  #clearDead(nowMs: number): void {
    for (const [id, each] of this.#rows) {
      if (each.expiresAtMs <= nowMs) this.#rows.set(id, { ...each, row: { ...each.row, places: [] } });
    }
  }

  /** Takes a replica out, as `shoal.replica_gone` does. */
  gone(replicaId: string): void {
    this.#rows.delete(replicaId);
    for (const listener of [...this.#listeners]) listener(replicaId);
  }

  /** The rows of those that live. */
  get live(): readonly MemberRow[] {
    return this.#live(this.#clock.monotonicMs()).map(({ row }) => row);
  }

  #live(nowMs: number): Row[] {
    return [...this.#rows.values()].filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  }
}

const announced = (row?: MemberRow) => row && JSON.stringify([row.role, row.is_draining, row.target, row.places]);

export interface PulsingOptions {
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly botMax: number;
  /** Sends a pulse's part of the replicas; rejects while the database is away. */
  readonly renew: (request: object) => Promise<MembersAnswer>;
}

/** Members that are renewed every 3 s, and soon when they ask for it, as a matchmaker's sweeps do. */
export function pulsingMembers({ runtime, replicaId, botMax, renew }: PulsingOptions) {
  const members: RenewedMembers = createMembers({ runtime, replicaId, version: "0.0.0", role: "all", botMax });
  const loop = createLoop({
    ...{ runtime, nudgeMs: 20, backoff: fullJitter(200, 2 * SECOND_MS), onError: () => {} },
    async work() {
      const sentAtMs = runtime.clock.monotonicMs();
      members.answered(await renew(members.request()), sentAtMs);
      return 3 * SECOND_MS;
    },
  });
  const off = members.events.on("members:stale", loop.nudge);
  loop.start();
  const stop = async () => {
    off();
    members.close();
    await loop.stop();
  };
  return { members, stop };
}
