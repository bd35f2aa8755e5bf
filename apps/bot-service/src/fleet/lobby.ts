import {
  type Backoff,
  backoffDelayMs,
  createEmitter,
  type EventSource,
  errorFields,
  fullJitter,
  type Runtime,
  type Timer,
} from "@shoal/kernel";
import type { LobbyEntry, OpenTicket } from "@shoal/matchmaker";
import type { PooledChannel, PresenceState, RealtimePool } from "@shoal/realtime-pool";
import pLimit from "p-limit";
import type { FleetConfig } from "../fleet-config.ts";
import {
  afterAction,
  afterLook,
  type IntakeAction,
  LOBBY_GRACE_MS,
  membersOf,
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

export interface LobbyEvents {
  /** The number of people changed, or became known. */
  "lobby:changed": { readonly people: number };
  /** Entries that the codec cannot read, in this presence state. */
  "lobby:malformed": { readonly entries: number };
}

/** The part of a matchmaker that the lobby writes to. All writes are idempotent. */
export interface LobbyDesk {
  openTicket(ticket: OpenTicket): Promise<unknown>;
  closeUser(userId: string, reason: string, since?: string): Promise<void>;
  confirm(matchId: string, participantId: string): Promise<unknown>;
  reconcileLobby(present: readonly LobbyEntry[]): Promise<void>;
}

export interface LobbyOptions {
  readonly replicaId: string;
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly fleet: FleetConfig;
  readonly runtime: Runtime;
  readonly desk: LobbyDesk;
  /** Whether that person is seen in a room with one of our bots. */
  readonly isInRoom: (userId: string) => boolean;
  /** One entry for the whole daemon, instead of one per bot. */
  readonly showsFleet: boolean;
}

/** The daemon's one observer of the lobby: turns presence into tickets, confirmations and departures. */
export class Lobby {
  readonly events: EventSource<LobbyEvents>;
  readonly #options: LobbyOptions;
  readonly #emitter = createEmitter<LobbyEvents>();
  readonly #people = new Map<string, PersonRecord>();
  readonly #writing = new Set<string>();
  readonly #limit = pLimit(WRITES_AT_ONCE);
  readonly #stop = new AbortController();
  #channel: PooledChannel | undefined;
  #graceTimer: Timer | undefined;
  #retryTimer: Timer | undefined;
  #reconcileTimer: Timer | undefined;
  #settledAtMs = 0;
  #failures = 0;
  #isReconciled = false;
  #isKnown = false;

  constructor(options: LobbyOptions) {
    this.#options = options;
    this.events = this.#emitter;
  }

  /** People in the lobby now; null until the first presence state has come. */
  get peopleCount(): number | null {
    if (!this.#isKnown) return null;
    let count = 0;
    for (const person of this.#people.values()) if (person.seen) count += 1;
    return count;
  }

  /** Joins the lobby and watches it until `stop`. Keeps trying while it cannot be joined. */
  start(): void {
    void this.#watch();
  }

  async #watch(): Promise<void> {
    const { pool, fleet, replicaId, runtime } = this.#options;
    const key = `shoal-${replicaId}`;
    try {
      const channel = await pool.acquire(fleet.topics.lobby, {
        clientId: key,
        priority: "lobby",
        isStaggered: false,
        signal: this.#stop.signal,
        config: { presence: { key, listen: true } },
      });
      this.#channel = channel;
      if (this.#stop.signal.aborted) return await channel.release();
      channel.events.on("recovered", () => {
        this.#settledAtMs = runtime.clock.now() + SETTLING_MS;
      });
      channel.onPresence((state) => this.#onPresence(state));
      if (this.#options.showsFleet) await channel.track(this.#fleetEntry(key));
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      runtime.log.error(errorFields(thrown), "the lobby cannot be watched; people come in by the HTTP API only");
    }
  }

  #fleetEntry(userId: string) {
    const since = new Date(this.#options.runtime.clock.now()).toISOString();
    return this.#options.fleet.payloads.writeMember({
      userId,
      name: "shoal",
      status: "idle",
      since,
      matchId: null,
      isBot: true,
    });
  }

  #onPresence(state: PresenceState): void {
    const nowMs = this.#options.runtime.clock.now();
    const own = `shoal-${this.#options.replicaId}`;
    const entries = Object.entries(state).filter(([key]) => key !== own);
    const { people, malformed } = membersOf(
      entries.flatMap(([, metas]) => metas),
      this.#options.fleet.payloads.readMember,
    );
    if (malformed > 0) this.#emitter.emit("lobby:malformed", { entries: malformed });
    const before = this.peopleCount;
    for (const userId of new Set([...this.#people.keys(), ...people.keys()])) {
      this.#people.set(userId, afterLook(this.#people.get(userId), people.get(userId) ?? null, nowMs));
    }
    this.#isKnown = true;
    const count = this.peopleCount ?? 0;
    if (count !== before) this.#emitter.emit("lobby:changed", { people: count });
    this.#writeAll();
  }

  /** Brings what the matchmaker has in line with what the lobby shows. */
  #writeAll(): void {
    if (this.#stop.signal.aborted) return;
    if (!this.#isReconciled) return void this.#reconcile();
    for (const userId of this.#people.keys()) this.#write(userId);
    this.#scheduleGrace();
  }

  /** From the first whole presence state: closes the tickets of people who left while no daemon looked. */
  async #reconcile(): Promise<void> {
    if (this.#writing.has("")) return;
    this.#writing.add("");
    const present = [...this.#people.values()].flatMap(({ seen }) =>
      seen ? [{ userId: seen.userId, since: seen.since }] : [],
    );
    try {
      await this.#options.desk.reconcileLobby(present);
      if (!this.#isReconciled) this.#reconcileAgain();
      this.#isReconciled = true;
    } catch (thrown) {
      if (this.#isReconciled) this.#reconcileAgain();
      this.#onWriteFailed(thrown);
    }
    this.#writing.delete("");
    if (this.#isReconciled) this.#writeAll();
  }

  #reconcileAgain(): void {
    if (this.#stop.signal.aborted) return;
    this.#reconcileTimer = this.#options.runtime.clock.after(RECONCILE_AGAIN_MS, () => void this.#reconcile());
  }

  #write(userId: string): void {
    // One write at a time per person keeps them in order; what changed meanwhile is seen when it has ended.
    if (this.#writing.has(userId) || !this.#next(userId)) return;
    this.#writing.add(userId);
    void this.#limit(() => this.#writeNext(userId));
  }

  #next(userId: string): IntakeAction | null {
    const person = this.#people.get(userId);
    if (!person) return null;
    const nowMs = this.#options.runtime.clock.now();
    const isBlind = !person.seen && nowMs < this.#settledAtMs;
    return isBlind ? null : nextAction(person, this.#options.isInRoom(userId), nowMs);
  }

  async #writeNext(userId: string): Promise<void> {
    let hasFailed = false;
    try {
      const action = this.#stop.signal.aborted ? null : this.#next(userId);
      if (action) await this.#perform(userId, action);
      this.#failures = 0;
    } catch (thrown) {
      hasFailed = true;
      this.#onWriteFailed(thrown);
    }
    this.#writing.delete(userId);
    if (!hasFailed && !this.#stop.signal.aborted) this.#write(userId);
  }

  async #perform(userId: string, action: IntakeAction): Promise<void> {
    const { desk } = this.#options;
    if (action.kind === "forget") return void this.#people.delete(userId);
    if (action.kind === "open") {
      const { name, since } = action.member;
      await desk.openTicket({ userId, source: "lobby", since, ...(name === null ? {} : { name }) });
    }
    if (action.kind === "confirm") await desk.confirm(action.matchId, userId);
    if (action.kind === "close") await desk.closeUser(userId, action.reason, action.since ?? undefined);
    const person = this.#people.get(userId);
    if (person) this.#people.set(userId, afterAction(person, action));
  }

  #onWriteFailed(thrown: unknown): void {
    const { clock, rng, log } = this.#options.runtime;
    if (this.#stop.signal.aborted) return;
    this.#failures += 1;
    log.warn(
      { failures: this.#failures, ...errorFields(thrown) },
      "the lobby could not be written to the database; trying again",
    );
    this.#retryTimer?.cancel();
    this.#retryTimer = clock.after(backoffDelayMs(RETRY, this.#failures, rng), () => this.#writeAll());
  }

  /** Looks again when the grace of somebody who is out of the lobby has passed. */
  #scheduleGrace(): void {
    this.#graceTimer?.cancel();
    this.#graceTimer = undefined;
    const isSomebodyOut = [...this.#people.values()].some(({ seen }) => !seen);
    if (!isSomebodyOut) return;
    const { clock } = this.#options.runtime;
    const delayMs = Math.max(LOBBY_GRACE_MS, this.#settledAtMs - clock.now());
    this.#graceTimer = clock.after(delayMs, () => this.#writeAll());
  }

  /** Stops watching and leaves the lobby. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the daemon drains"));
    this.#graceTimer?.cancel();
    this.#retryTimer?.cancel();
    this.#reconcileTimer?.cancel();
    await this.#channel?.release();
  }
}
