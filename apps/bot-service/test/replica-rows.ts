import type { MemberRow, MembersAnswer } from "../src/replicas/members.ts";

/** What a replica sends with its pulse, as `Members.request` writes it. */
export interface RenewRequest extends Omit<MemberRow, "places" | "revision" | "started_at_ms"> {
  readonly wanted_places: readonly number[];
  readonly term_ms: number;
  readonly late_after_ms: number;
  readonly known: Readonly<Record<string, number>>;
}

interface Entry {
  readonly row: MemberRow;
  /** Of all that the others read. */
  readonly text: string;
  readonly renewedAtMs: number;
  readonly expiresAtMs: number;
}

export interface Renewed {
  readonly answer: MembersAnswer;
  readonly answerBytes: number;
  /** Whether the others are told. */
  readonly isAnnounced: boolean;
}

/**
 * The table of replicas without a database, by the rule of `shoal.replica_renew`, on the time that it is given: a place is had by whoever
 * has it, until it is given back or the term is over. `bench replicas-simulation` compares it with the one in Postgres before it uses it.
 */
export class ReplicaRows {
  readonly #entries = new Map<string, Entry>();
  /** By number. A replica whose term is over stays until somebody takes the number. */
  readonly #holders = new Map<number, string>();

  /** Whether a renewal takes places that are not its own. */
  takesPlaces({ replica_id: id, wanted_places: wanted }: RenewRequest): boolean {
    return wanted.some((number) => this.#holders.get(number) !== id);
  }

  /** `isBusy`: another replica is taking places, so that nothing new is granted. */
  renew(request: RenewRequest, nowMs: number, isBusy = false): Renewed {
    const id = request.replica_id;
    const before = this.#entries.get(id);
    const held = request.wanted_places.filter((number) => this.#holders.get(number) === id);
    const places = this.#grant(id, isBusy ? held : request.wanted_places, nowMs);
    const row = {
      ...{ replica_id: id, protocol: request.protocol, version: request.version, role: request.role },
      ...{ is_draining: request.is_draining, people: request.people, target: request.target, bot_max: request.bot_max },
      ...{ places, deployed: request.deployed },
      ...{ revision: before?.row.revision ?? 0, started_at_ms: before?.row.started_at_ms ?? nowMs },
    };
    const isNew = JSON.stringify(row) !== before?.text;
    if (isNew) row.revision += 1;
    const text = isNew ? JSON.stringify(row) : (before?.text ?? "");
    const renewed = {
      row: isNew ? row : (before?.row ?? row),
      text,
      renewedAtMs: nowMs,
      expiresAtMs: nowMs + request.term_ms,
    };
    this.#entries.set(id, renewed);
    return { ...this.#answer(request, places, isBusy, nowMs), isAnnounced: isNew && isForOthers(row, before?.row) };
  }

  /** Takes a replica out, as `shoal.replica_gone` does. */
  gone(id: string): void {
    for (const [number, holder] of this.#holders) if (holder === id) this.#holders.delete(number);
    this.#entries.delete(id);
  }

  /** The rows of those whose term is not over. */
  live(nowMs: number): MemberRow[] {
    return this.#living(nowMs).map(({ row }) => row);
  }

  #living(nowMs: number): Entry[] {
    return [...this.#entries.values()].filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  }

  #grant(id: string, wanted: readonly number[], nowMs: number): number[] {
    const granted = wanted.filter((number) => {
      const holder = this.#holders.get(number);
      return holder === undefined || holder === id || (this.#entries.get(holder)?.expiresAtMs ?? 0) <= nowMs;
    });
    const dead = new Set(granted.map((number) => this.#holders.get(number)).filter((holder) => holder !== id));
    for (const number of this.#entries.get(id)?.row.places ?? []) this.#holders.delete(number);
    for (const number of granted) this.#holders.set(number, id);
    for (const each of dead) if (each) this.#takeFrom(each);
    return granted.sort((left, right) => left - right);
  }

  /** Leaves a dead replica the places that nobody has taken. Its revision stays, as nobody reads it. */
  #takeFrom(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const row = { ...entry.row, places: entry.row.places.filter((number) => this.#holders.get(number) === id) };
    this.#entries.set(id, { ...entry, row, text: JSON.stringify(row) });
  }

  #answer(
    { known, late_after_ms: lateAfterMs }: RenewRequest,
    granted: readonly number[],
    isBusy: boolean,
    nowMs: number,
  ) {
    const living = this.#living(nowMs);
    const late = living.filter(({ renewedAtMs }) => renewedAtMs < nowMs - lateAfterMs);
    const changed = living.filter(({ row }) => known[row.replica_id] !== row.revision);
    const ids = (entries: readonly Entry[]) => entries.map(({ row }) => row.replica_id);
    const answer: MembersAnswer = {
      ...{ live: ids(living), late: ids(late), granted, is_busy: isBusy, changed: changed.map(({ row }) => row) },
      next_end_ms: late.length === 0 ? null : Math.min(...late.map(({ expiresAtMs }) => expiresAtMs)) - nowMs,
    };
    const shortBytes = JSON.stringify({ ...answer, changed: [] }).length;
    return { answer, answerBytes: changed.reduce((sum, { text }) => sum + text.length, shortBytes) };
  }
}

/** Of what others wait for; the rest they read with their next pulse. */
function isForOthers(row: MemberRow, before: MemberRow | undefined): boolean {
  const shown = ({ role, is_draining, target, places }: MemberRow) =>
    JSON.stringify([role, is_draining, target, places]);
  return before === undefined || shown(row) !== shown(before);
}
