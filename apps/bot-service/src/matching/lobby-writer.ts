import {
  type Backoff,
  backoffDelayMs,
  errorFields,
  fullJitter,
  isFleetError,
  type LoopReport,
  type Runtime,
  type Timer,
} from "@shoal/kernel";
import type { LobbyEntry, OpenTicket } from "@shoal/matchmaker";
import { isAboutTheValues } from "@shoal/store";
import pLimit from "p-limit";
import type { LobbyMember } from "../fleet-config.ts";
import {
  afterAction,
  afterLook,
  type IntakeAction,
  LOBBY_GRACE_MS,
  nextAction,
  type PersonRecord,
} from "./lobby-intake.ts";

/** People whose tickets are written at the same time; the rest wait their turn. */
const WRITES_AT_ONCE = 8;
const RETRY: Backoff = fullJitter(250, 5000);
/** The matchmaker spares tickets of the last 5 s, as another replica may see more than we do: so once more when they are older. */
const RECONCILE_AGAIN_MS = 6000;
/** After a gap in our own view (the server restarted, say) people's clients need this long to be back, in ms. */
const SETTLING_MS = 15_000;

/** The part of a matchmaker that the lobby writes to. All writes are idempotent. */
export interface TicketStore {
  openTicket(ticket: OpenTicket): Promise<unknown>;
  closeUser(userId: string, reason: string, since?: string): Promise<void>;
  confirm(matchId: string, participantId: string): Promise<unknown>;
  reconcileLobby(present: readonly LobbyEntry[]): Promise<void>;
}

export interface LobbyWriterOptions {
  readonly runtime: Runtime;
  readonly tickets: TicketStore;
  /** Whether that person is seen in a room with one of our bots. */
  readonly isInRoom: (userId: string) => boolean;
  /** A person's entry was refused for what is in it. */
  readonly onRefused: () => void;
  /** Hears how writes end. */
  readonly report: LoopReport;
}

/** Brings what the matchmaker has in line with what the lobby shows, however long the database is away. */
export class LobbyWriter {
  readonly #options: LobbyWriterOptions;
  readonly #people = new Map<string, PersonRecord>();
  readonly #writing = new Set<string>();
  /** People whose latest write failed: while there is one, writes that succeed are no sign that the lobby gets through. */
  readonly #failing = new Set<string>();
  readonly #limit = pLimit(WRITES_AT_ONCE);
  #graceTimer: Timer | undefined;
  #retryTimer: Timer | undefined;
  #reconcileTimer: Timer | undefined;
  #settledAtMs = 0;
  #failures = 0;
  #presentCount = 0;
  #isReconciling = false;
  #isReconciled = false;
  #isStopped = false;

  constructor(options: LobbyWriterOptions) {
    this.#options = options;
  }

  /** These people are in the lobby now, and nobody else. */
  show(people: ReadonlyMap<string, LobbyMember>): void {
    const nowMs = this.#nowMs();
    this.#presentCount = people.size;
    for (const [userId, member] of people) {
      const person = this.#people.get(userId);
      if (person?.seen !== member) this.#people.set(userId, afterLook(person, member, nowMs));
    }
    for (const [userId, person] of this.#people) {
      if (person.seen && !people.has(userId)) this.#people.set(userId, afterLook(person, null, nowMs));
    }
    this.#writeAll();
  }

  /** We did not see for a while, and so know nothing of those we do not see. */
  showGap(): void {
    this.#settledAtMs = this.#nowMs() + SETTLING_MS;
  }

  /** No further write begins and no timer is left. Idempotent. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of [this.#graceTimer, this.#retryTimer, this.#reconcileTimer]) timer?.cancel();
  }

  #writeAll(): void {
    // During a backoff people come and go as always; what that makes to write is written when it ends.
    if (this.#isStopped || this.#retryTimer) return;
    if (!this.#isReconciled) return void this.#reconcile();
    for (const userId of this.#people.keys()) this.#write(userId);
    this.#scheduleGrace();
  }

  /** From the first whole presence state: closes the tickets of people who left while no daemon looked. */
  async #reconcile(): Promise<void> {
    if (this.#isReconciling) return;
    this.#isReconciling = true;
    try {
      await this.#options.tickets.reconcileLobby(this.#entries());
      if (!this.#isReconciled) this.#reconcileAgain(RECONCILE_AGAIN_MS);
      this.#isReconciled = true;
      this.#reportSuccess();
    } catch (thrown) {
      if (this.#isReconciled) this.#reconcileAgain(RECONCILE_AGAIN_MS);
      this.#onWriteFailed(thrown);
    }
    this.#isReconciling = false;
    if (this.#isReconciled) this.#writeAll();
  }

  /** Whose tickets stay. The mark of somebody matched is not that of the wait, and who talks to a bot needs no lobby. */
  #entries(): LobbyEntry[] {
    const entries: LobbyEntry[] = [];
    for (const [userId, { seen }] of this.#people) {
      if (seen?.status === "waiting") entries.push({ userId, since: seen.since });
      else if (seen ? seen.status === "matched" : this.#options.isInRoom(userId)) entries.push({ userId });
    }
    return entries;
  }

  /** Later still if we do not see everybody then. */
  #reconcileAgain(delayMs: number): void {
    if (this.#isStopped) return;
    this.#reconcileTimer = this.#options.runtime.clock.after(delayMs, () => {
      const unsettledMs = this.#settledAtMs - this.#nowMs();
      if (unsettledMs > 0) this.#reconcileAgain(unsettledMs);
      else void this.#reconcile();
    });
  }

  #write(userId: string): void {
    // One write at a time per person keeps them in order; what changed meanwhile is seen when it has ended.
    if (this.#writing.has(userId) || !this.#next(userId)) return;
    this.#writing.add(userId);
    void this.#limit(() => this.#writeNext(userId));
  }

  #next(userId: string): IntakeAction | null {
    const person = this.#people.get(userId);
    if (!person || this.#isStopped || this.#retryTimer) return null;
    const nowMs = this.#nowMs();
    const isBlind = !person.seen && nowMs < this.#settledAtMs;
    return isBlind ? null : nextAction(person, () => this.#options.isInRoom(userId), nowMs);
  }

  /** Never rejects. */
  async #writeNext(userId: string): Promise<void> {
    const action = this.#next(userId);
    if (action) await this.#tryTo(userId, action);
    this.#writing.delete(userId);
    this.#write(userId);
  }

  async #tryTo(userId: string, action: IntakeAction): Promise<void> {
    try {
      await this.#perform(userId, action);
      this.#failures = 0;
    } catch (thrown) {
      if (!isAboutTheEntry(thrown)) {
        this.#failing.add(userId);
        return this.#onWriteFailed(thrown);
      }
      this.#options.runtime.log.warn({ user_id: userId, ...errorFields(thrown) }, "a lobby entry was refused");
      this.#options.onRefused();
    }
    this.#failing.delete(userId);
    this.#reportSuccess();
    const person = this.#people.get(userId);
    if (person) this.#people.set(userId, afterAction(person, action));
  }

  async #perform(userId: string, action: IntakeAction): Promise<void> {
    const { tickets } = this.#options;
    if (action.kind === "forget") this.#people.delete(userId);
    if (action.kind === "open") {
      const { name, since } = action.member;
      await tickets.openTicket({ userId, source: "lobby", since, ...(name === null ? {} : { name }) });
    }
    if (action.kind === "confirm") await tickets.confirm(action.matchId, userId);
    if (action.kind === "close") await tickets.closeUser(userId, action.reason, action.since ?? undefined);
  }

  /** The first of many that fail together stands for all: one line, one wait. */
  #onWriteFailed(thrown: unknown): void {
    if (this.#isStopped || this.#retryTimer) return;
    const { clock, rng, log } = this.#options.runtime;
    this.#options.report.failed(thrown);
    this.#failures += 1;
    const message = "the lobby could not be written to the database; trying again";
    log.debug({ failures: this.#failures, ...errorFields(thrown) }, message);
    this.#retryTimer = clock.after(backoffDelayMs(RETRY, this.#failures, rng), () => {
      this.#retryTimer = undefined;
      this.#writeAll();
      // Who is gone or wants something else by now has nothing left that could fail.
      for (const userId of this.#failing) if (!this.#writing.has(userId)) this.#failing.delete(userId);
      if (!this.#isReconciling) this.#reportSuccess();
    });
  }

  #reportSuccess(): void {
    if (this.#failing.size === 0 && !this.#retryTimer) this.#options.report.succeeded();
  }

  /** Looks again when the grace of somebody who is out of the lobby has passed. */
  #scheduleGrace(): void {
    this.#graceTimer?.cancel();
    this.#graceTimer = undefined;
    if (this.#people.size === this.#presentCount) return;
    const delayMs = Math.max(LOBBY_GRACE_MS, this.#settledAtMs - this.#nowMs());
    this.#graceTimer = this.#options.runtime.clock.after(delayMs, () => this.#writeAll());
  }

  #nowMs(): number {
    return this.#options.runtime.clock.monotonicMs();
  }
}

/** Refused for what the entry holds, which no retry mends; as opposed to a database that is away or misbehaves. */
function isAboutTheEntry(thrown: unknown): boolean {
  return isFleetError(thrown, "MATCH_INVALID_TICKET") || isAboutTheValues(thrown);
}
