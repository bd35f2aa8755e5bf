import {
  type Backoff,
  backoffDelayMs,
  createSlices,
  errorFields,
  fullJitter,
  isFleetError,
  type LoopReport,
  type Runtime,
  type Slices,
  type Timer,
} from "@shoal/kernel";
import type { LobbyEntry, OpenOutcome, OpenTicket } from "@shoal/matchmaker";
import { isAboutTheValues } from "@shoal/store";
import pLimit from "p-limit";
import { minuteWarning } from "../minute-warning.ts";
import {
  afterAction,
  afterPause,
  afterScan,
  type IntakeAction,
  isPending,
  LOBBY_GRACE_MS,
  nextAction,
  type PersonRecord,
  type WriteOutcome,
} from "./lobby-intake.ts";
import type { PersonEntries } from "./lobby-reader.ts";

/** Bounds the writes under way; there is one at a time per person. */
const WRITES_AT_ONCE = 8;
const RETRY: Backoff = fullJitter(250, 5000);
/** Time until the second reconciliation: the first one spares tickets of the last 5 s, as another replica may see more. */
const RECONCILE_AGAIN_MS = 6000;
/** Time people's clients get to come back after the lobby channel was interrupted (by a server restart, say), in ms. */
const SETTLING_MS = 15_000;

const REFUSED =
  "a lobby entry was refused for its values, a mark in the future by the clock of the database, say: its person gets no ticket until the entry changes";

type Write = Exclude<IntakeAction, { readonly kind: "forget" }>;

/** The part of a matchmaker that the lobby writes to. All writes are idempotent. */
export interface TicketStore {
  openTicket(ticket: OpenTicket): Promise<{ readonly outcome: OpenOutcome }>;
  closeUser(userId: string, reason: string, since?: string): Promise<void>;
  closeUnlessInRoom(userId: string, reason: string, since?: string): Promise<void>;
  confirm(matchId: string, participantId: string): Promise<unknown>;
  reconcileLobby(present: readonly LobbyEntry[]): Promise<void>;
}

export interface LobbyWriterOptions {
  readonly runtime: Runtime;
  readonly tickets: TicketStore;
  /** Returns whether that person is present in a room with a bot of this process. */
  readonly isInRoom: (userId: string) => boolean;
  /** Returns whether another replica writes by now, before `pause` says so: a process that was frozen writes nothing. Called for each person. */
  readonly isOvertaken: () => boolean;
  /** Called when a person's entry was refused for its values. */
  readonly onRefused: () => void;
  /** Receives how each write ends. */
  readonly report: LoopReport;
}

/**
 * Writes to the matchmaker what the lobby shows, from `begin` to `pause`, and keeps trying while the database is away. Otherwise it
 * only remembers what is shown, so that it can begin at any moment.
 */
export class LobbyWriter {
  readonly #options: LobbyWriterOptions;
  readonly #people = new Map<string, PersonRecord>();
  readonly #writing = new Set<string>();
  /** People whose latest write failed. While there is one, the success of other writes does not mean that the loop works. */
  readonly #failing = new Set<string>();
  readonly #limit = pLimit(WRITES_AT_ONCE);
  /** Looks at thousands of people for what is to be written. */
  readonly #passes: Slices;
  readonly #warnRefused: ReturnType<typeof minuteWarning>;
  #graceTimer: Timer | undefined;
  #retryTimer: Timer | undefined;
  #reconcileTimer: Timer | undefined;
  #settledAtMs = 0;
  #failures = 0;
  #isShown = false;
  #isReconciling = false;
  #isReconciled = false;
  #isWriting = false;
  /** Grows with each pause: what was under way before one says nothing about what is known after it. */
  #turn = 0;
  #isStopped = false;

  constructor(options: LobbyWriterOptions) {
    this.#options = options;
    this.#warnRefused = minuteWarning(options.runtime, REFUSED);
    const onError = (thrown: unknown) => this.#onWriteFailed(thrown);
    this.#passes = createSlices({ clock: options.runtime.clock, loadRatio: 1, onError });
  }

  /** Takes the complete set of people in the lobby. */
  show(people: ReadonlyMap<string, PersonEntries>): void {
    const nowMs = this.#nowMs();
    this.#isShown = true;
    for (const [userId, entries] of people) {
      const person = this.#people.get(userId);
      if (person?.seen !== entries) this.#people.set(userId, afterScan(person, entries, nowMs));
    }
    for (const [userId, person] of this.#people) {
      if (person.seen.length > 0 && !people.has(userId)) this.#people.set(userId, afterScan(person, [], nowMs));
      else if (!this.#isWriting && this.#isGone(person)) this.#people.delete(userId);
    }
    this.#writeAll();
  }

  /** Notes that the view of the lobby was interrupted: people who are missing may still be there. */
  showGap(): void {
    this.#settledAtMs = this.#nowMs() + SETTLING_MS;
  }

  /** Writes from now on, beginning with what another replica, or none, has left undone. Idempotent. */
  begin(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    if (this.#isShown) this.#writeAll();
  }

  /** Writes no more: another replica does. Idempotent. */
  pause(): void {
    if (!this.#isWriting) return;
    this.#isWriting = false;
    this.#turn += 1;
    this.#cancelTimers();
    this.#isReconciled = false;
    this.#failing.clear();
    this.#failures = 0;
    for (const [userId, person] of this.#people) this.#people.set(userId, afterPause(person));
    // Nothing is left here that could fail.
    this.#options.report.succeeded();
  }

  /** Pauses, and forgets what was shown: it begins with the next that is. Idempotent. */
  forget(): void {
    this.pause();
    this.#people.clear();
    this.#isShown = false;
  }

  /** Begins no further write and cancels all timers. Idempotent. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimers();
  }

  #cancelTimers(): void {
    this.#passes.cancel();
    for (const timer of [this.#graceTimer, this.#retryTimer, this.#reconcileTimer]) timer?.cancel();
    this.#retryTimer = undefined;
  }

  #canWrite(): boolean {
    // Changes during a backoff are written when it ends.
    return this.#isWriting && !this.#isStopped && !this.#retryTimer && !this.#options.isOvertaken();
  }

  #writeAll(): void {
    if (!this.#canWrite()) return;
    if (!this.#isReconciled) return void this.#reconcile();
    this.#passes.add(this.#pass());
  }

  *#pass(): Generator<undefined> {
    for (const userId of this.#people.keys()) {
      this.#write(userId);
      yield;
    }
    this.#scheduleGrace();
  }

  /** Closes the tickets of people who left while no daemon watched, by the first whole presence state. */
  async #reconcile(): Promise<void> {
    if (this.#isReconciling || !this.#isWriting || this.#options.isOvertaken()) return;
    const turn = this.#turn;
    this.#isReconciling = true;
    try {
      // Of those who are missing while people come back, nobody can say yet who has left.
      if (this.#isSettled()) await this.#options.tickets.reconcileLobby(this.#entries());
      if (turn === this.#turn) this.#onReconciled();
    } catch (thrown) {
      if (turn === this.#turn) this.#onReconcileFailed(thrown);
    }
    this.#isReconciling = false;
    if (this.#isReconciled || turn !== this.#turn) this.#writeAll();
  }

  #onReconciled(): void {
    if (!this.#isReconciled) this.#reconcileAgain(RECONCILE_AGAIN_MS);
    this.#isReconciled = true;
    this.#reportSuccess();
  }

  #onReconcileFailed(thrown: unknown): void {
    if (this.#isReconciled) this.#reconcileAgain(RECONCILE_AGAIN_MS);
    this.#onWriteFailed(thrown);
  }

  /**
   * Returns the people whose tickets stay. A matched person's mark is not that of the wait, so it is left out, and so is one
   * that the matchmaker has not answered for beside one that it has; a person who left may be back in a moment, and one in a room with
   * a bot need not be in the lobby.
   */
  #entries(): LobbyEntry[] {
    const entries: LobbyEntry[] = [];
    for (const [userId, person] of this.#people) {
      const { seen, openedSince } = person;
      const isKept =
        seen.length === 0
          ? !this.#isGone(person) || this.#options.isInRoom(userId)
          : seen.some(({ status }) => status === "matched");
      const waits = seen.filter(({ status }) => status === "waiting");
      if (isKept || (waits.length > 0 && openedSince !== null && isPending(person))) entries.push({ userId });
      else for (const { since } of waits) entries.push({ userId, since });
    }
    return entries;
  }

  /** Reconciles after `delayMs`, or later while the view of the lobby is still incomplete. */
  #reconcileAgain(delayMs: number): void {
    if (this.#isStopped) return;
    this.#reconcileTimer = this.#options.runtime.clock.after(delayMs, () => {
      if (this.#isSettled()) void this.#reconcile();
      else this.#reconcileAgain(this.#settledAtMs - this.#nowMs());
    });
  }

  #isSettled(): boolean {
    return this.#nowMs() >= this.#settledAtMs;
  }

  #isGone({ seen, lastSeenMs }: PersonRecord): boolean {
    return seen.length === 0 && this.#nowMs() - lastSeenMs >= LOBBY_GRACE_MS;
  }

  #write(userId: string): void {
    // One write at a time per person keeps them in order; changes meanwhile are written after it.
    const action = this.#writing.has(userId) ? null : this.#next(userId);
    if (!action) return;
    if (action.kind === "forget") return this.#forget(userId);
    this.#writing.add(userId);
    void this.#limit(() => this.#writeNext(userId));
  }

  /** Needs no turn among the writes: thousands may go at once. */
  #forget(userId: string): void {
    this.#people.delete(userId);
    if (this.#failing.delete(userId)) this.#reportSuccess();
  }

  #next(userId: string): IntakeAction | null {
    const person = this.#people.get(userId);
    if (!person || !this.#canWrite()) return null;
    const isBlind = person.seen.length === 0 && !this.#isSettled();
    return isBlind ? null : nextAction(person, () => this.#options.isInRoom(userId), this.#nowMs());
  }

  /** Never rejects. */
  async #writeNext(userId: string): Promise<void> {
    const action = this.#next(userId);
    if (action && action.kind !== "forget") await this.#tryTo(userId, action);
    this.#writing.delete(userId);
    this.#write(userId);
  }

  async #tryTo(userId: string, action: Write): Promise<void> {
    const turn = this.#turn;
    let outcome: WriteOutcome | undefined;
    try {
      outcome = await this.#perform(userId, action);
      if (turn === this.#turn) this.#failures = 0;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      if (!isAboutTheEntry(thrown)) {
        this.#failing.add(userId);
        return this.#onWriteFailed(thrown);
      }
      this.#warnRefused(1, { user_id: userId, ...errorFields(thrown) });
      this.#options.onRefused();
      outcome = "refused";
    }
    if (turn !== this.#turn) return;
    this.#failing.delete(userId);
    this.#reportSuccess();
    const person = this.#people.get(userId);
    if (person) this.#people.set(userId, afterAction(person, action, this.#nowMs(), outcome));
  }

  /** Returns what became of an `open`. */
  async #perform(userId: string, action: Write): Promise<OpenOutcome | undefined> {
    const { tickets } = this.#options;
    if (action.kind === "open") {
      const { member, shown, isDoubted } = action;
      const { name, since, attributes } = member;
      const said = { ...(name !== null && { name }), ...(attributes && { attributes }) };
      const ticket = { userId, source: "lobby", since, shown, isDoubted, ...said } as const;
      return (await tickets.openTicket(ticket)).outcome;
    }
    if (action.kind === "confirm") await tickets.confirm(action.matchId, userId);
    if (action.kind === "close") {
      const close = action.isDoubted ? tickets.closeUnlessInRoom : tickets.closeUser;
      await close(userId, action.reason, action.since ?? undefined);
    }
    return undefined;
  }

  /** Reports and backs off once for many writes that fail together. */
  #onWriteFailed(thrown: unknown): void {
    if (this.#isStopped || this.#retryTimer) return;
    const { clock, rng, log } = this.#options.runtime;
    this.#options.report.failed(thrown);
    this.#failures += 1;
    const message = "a change in the lobby could not be written to the database; trying again";
    log.debug({ failures: this.#failures, ...errorFields(thrown) }, message);
    this.#retryTimer = clock.after(backoffDelayMs(RETRY, this.#failures, rng), () => {
      this.#retryTimer = undefined;
      this.#writeAll();
      // People who need no write any more have nothing left that could fail.
      for (const userId of this.#failing) if (!this.#writing.has(userId)) this.#failing.delete(userId);
      if (!this.#isReconciling) this.#reportSuccess();
    });
  }

  #reportSuccess(): void {
    if (this.#failing.size === 0 && !this.#retryTimer) this.#options.report.succeeded();
  }

  /** Schedules a pass for when the grace of people who are out of the lobby, or whose entries are doubted or held, has passed. */
  #scheduleGrace(): void {
    this.#graceTimer?.cancel();
    this.#graceTimer = undefined;
    if (!this.#people.values().some(isPending)) return;
    const delayMs = Math.max(LOBBY_GRACE_MS, this.#settledAtMs - this.#nowMs());
    this.#graceTimer = this.#options.runtime.clock.after(delayMs, () => this.#writeAll());
  }

  #nowMs(): number {
    return this.#options.runtime.clock.monotonicMs();
  }
}

/** Returns whether the entry's values were refused, which no retry mends. False for a database that is away or misbehaves. */
function isAboutTheEntry(thrown: unknown): boolean {
  return isFleetError(thrown, "MATCH_INVALID_TICKET") || isAboutTheValues(thrown);
}
