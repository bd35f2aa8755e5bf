import {
  createEmitter,
  createSlices,
  type EventSource,
  errorFields,
  logOutage,
  type Outage,
  type ReportLoop,
  type Runtime,
  type Slices,
  type Unsubscribe,
  unreported,
} from "@shoal/kernel";
import type { PooledChannel, PresenceState, RealtimePool } from "@shoal/realtime-pool";
import type { FleetConfig } from "../fleet-config.ts";
import { minuteWarning } from "../minute-warning.ts";
import { stayInLobby } from "../pool/stay-in-lobby.ts";
import type { Members } from "../replicas/members.ts";
import { isLeftToOthers, isOvertaken, type LobbyDuty, lobbyDuty } from "./lobby-duty.ts";
import { LobbyReader } from "./lobby-reader.ts";
import { LobbyWriter, type TicketStore } from "./lobby-writer.ts";

/** Says what it means that the lobby is not watched. */
export const UNWATCHED =
  "the lobby is not watched: people in it are not counted, and where channels are public they get no tickets by it";

/** Of the time, what looking at the lobby may take where it takes long: anybody can fill it, and change it all the time. */
const LOOK_RATIO = 0.1;

const TAKEN =
  "this replica gives the people in the lobby their tickets now: the one that did so has ended, drains, has missed a renewal or does not see the lobby";
const WITH_BOT_ID =
  "a lobby entry of a person has the id of a bot and is left out: its person gets no ticket under that id; others like it are only counted";

const LOOK_FAILED =
  "the people in the lobby could not be read: they are counted and, where channels are public, get tickets at its next change";

const MALFORMED =
  "lobby entries could not be read: their people get no tickets; by the default contract user_id has 1 to 128 characters, and status and since must be there (docs/app-contract.md)";

export interface LobbyEvents {
  /** The number of people changed, or became known. */
  "lobby:changed": { readonly people: number };
  /** This replica sees the lobby, or does not see it any more. */
  "lobby:sight": { readonly isBlind: boolean };
  /** `entries` more entries were dropped: the codec cannot read them, or the matchmaker refuses them. */
  "lobby:malformed": { readonly entries: number };
}

export interface LobbyOptions {
  /** Who watches the lobby follows from these. */
  readonly members: Pick<Members, "replicaId" | "seniors" | "isLate" | "events">;
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly fleet: FleetConfig;
  readonly runtime: Runtime;
  /** Where presence becomes tickets; null where it proves nothing, so that people are only shown and counted. */
  readonly tickets: TicketStore | null;
  /** Returns whether that person is present in a room with a bot of this process. */
  readonly isInRoom: (userId: string) => boolean;
  /** Returns whether a bot of the fleet, or one deployed here, has that id. */
  readonly isBot: (userId: string) => boolean;
  /** Whether one entry stands for the whole fleet, instead of one per bot. The replica that writes shows it. */
  readonly showsFleet: boolean;
  /** Receives how writes to the matchmaker end, under the name `lobby`. */
  readonly reportLoop?: ReportLoop;
}

/** One stay in the lobby, which ends with its signal. */
interface Stay {
  readonly end: AbortController;
  channel: PooledChannel | undefined;
  /** Whether the fleet's entry is shown. */
  isShown: boolean;
}

/**
 * Observes the lobby where it is this replica's turn (`lobbyDuty`): counts people, and turns presence into tickets, confirmations and
 * departures. Where it is not, the count is that of the replica which writes.
 */
export class Lobby {
  readonly events: EventSource<LobbyEvents>;
  readonly #options: LobbyOptions;
  readonly #emitter = createEmitter<LobbyEvents>();
  readonly #newReader: () => LobbyReader;
  #reader: LobbyReader;
  readonly #writer: LobbyWriter | undefined;
  readonly #offs: Unsubscribe[] = [];
  readonly #looks: Slices;
  /** The latest presence state, until a look at it begins. */
  #shown: PresenceState | undefined;
  readonly #key: string;
  readonly #warnMalformed: ReturnType<typeof minuteWarning>;
  readonly #outage: Outage;
  #duty: LobbyDuty = "none";
  #stay: Stay | undefined;
  /** The end of the stay before: a topic is left before it is joined anew. */
  #left: Promise<unknown> = Promise.resolve();
  /** As counted here; null where others count. */
  #ownCount: number | null = null;
  #toldCount: number | null = null;
  #hasLoggedBotId = false;

  constructor(options: LobbyOptions) {
    this.#options = options;
    this.events = this.#emitter;
    this.#key = `shoal-${options.members.replicaId}`;
    this.#warnMalformed = minuteWarning(options.runtime, MALFORMED);
    const failing = `${UNWATCHED}; trying again`;
    this.#outage = logOutage({ log: options.runtime.log, level: "error", failing, over: "the lobby is watched again" });
    const { runtime, tickets, isInRoom, isBot, reportLoop = unreported } = options;
    this.#looks = createSlices({
      ...{ clock: runtime.clock, loadRatio: LOOK_RATIO },
      onError: (thrown) => runtime.log.error(errorFields(thrown), LOOK_FAILED),
    });
    this.#newReader = () => new LobbyReader({ read: options.fleet.payloads.readMember, isBot });
    this.#reader = this.#newReader();
    if (tickets === null) return;
    const onRefused = () => this.#emitter.emit("lobby:malformed", { entries: 1 });
    this.#writer = new LobbyWriter({
      ...{ runtime, tickets, isInRoom, onRefused, report: reportLoop("lobby") },
      isOvertaken: () => isOvertaken(options.members),
    });
  }

  /** People in the lobby, as last seen here or by the replica that counts them; null until the first presence state has come. */
  get peopleCount(): number | null {
    return this.#ownCount ?? this.#options.members.seniors[0]?.people ?? null;
  }

  /** Whether presence arrives at the moment, here or, as far as is known, at the replicas whose turn it is. */
  get isWatched(): boolean {
    if (this.#stay) return !this.isBlind;
    return isLeftToOthers(this.#options.members);
  }

  /** Whether it is this replica's turn, and no presence arrives. */
  get isBlind(): boolean {
    return this.#stay !== undefined && this.#stay.channel?.status !== "joined";
  }

  /** Watches the lobby until `stop`, whenever it is this replica's turn. Tries again while it cannot be joined. */
  start(): void {
    const { events } = this.#options.members;
    for (const name of ["members:changed", "members:updated", "members:term-over"] as const) {
      this.#offs.push(events.on(name, () => this.#follow()));
    }
    this.#follow();
  }

  /** Does what the members leave to this replica by now. */
  #follow(): void {
    const duty = lobbyDuty(this.#options.members);
    const before = this.#duty;
    this.#duty = duty;
    if (duty !== before) this.#change(before, duty);
    this.#tell();
  }

  #change(before: LobbyDuty, duty: LobbyDuty): void {
    if (duty !== "write") this.#writer?.pause();
    // After a missed renewal others have written, and this process may have been frozen: what it sees may be old, and a new channel is not.
    if (duty === "none" || before === "wait") void this.#leave();
    if (duty === "write" || duty === "listen") this.#enter();
    if (duty === "none") this.#ownCount = null;
    if (before === "listen" && duty === "write") this.#options.runtime.log.info({}, TAKEN);
    if (duty === "write") this.#writer?.begin();
    this.#showFleet();
  }

  #enter(): void {
    if (this.#stay) return;
    const { pool, fleet, runtime } = this.#options;
    const stay: Stay = { end: new AbortController(), channel: undefined, isShown: false };
    this.#stay = stay;
    this.#reader = this.#newReader();
    const begin = () =>
      stayInLobby({
        ...{ pool, runtime, topic: fleet.topics.lobby, key: this.#key, isStaggered: false, listens: true },
        signal: stay.end.signal,
        onJoined: (channel, attempt) => this.#onJoined(stay, channel, attempt),
        onFailure: ({ error, retryInMs }) => {
          this.#outage.failed({ retry_in_ms: retryInMs, ...errorFields(error) });
        },
      });
    void this.#left.then(begin);
  }

  #onJoined(stay: Stay, channel: PooledChannel, attempt: number): void {
    stay.channel = channel;
    stay.isShown = false;
    this.#outage.worked();
    if (attempt > 1) this.#onRecovered();
    channel.events.on("recovered", () => this.#onRecovered());
    const tellSight = () => stay === this.#stay && this.#emitter.emit("lobby:sight", { isBlind: this.isBlind });
    for (const name of ["lost", "recovered", "failed"] as const) channel.events.on(name, tellSight);
    channel.onPresence((state) => {
      if (stay === this.#stay) this.#onPresence(state);
    });
    this.#showFleet();
    tellSight();
  }

  #onRecovered(): void {
    this.#writer?.showGap();
    if (this.#duty !== "write" || this.#options.members.seniors.length < 2) return;
    // Another has written meanwhile, perhaps; and who is there the next presence state tells.
    this.#writer?.forget();
    this.#writer?.begin();
  }

  /** Leaves the lobby. The count stays until there is a newer one. */
  #leave(): Promise<unknown> {
    const stay = this.#stay;
    this.#stay = undefined;
    this.#shown = undefined;
    this.#looks.cancel();
    this.#writer?.forget();
    stay?.end.abort(new Error("the lobby is left"));
    const { log } = this.#options.runtime;
    const release = async () => stay?.channel?.release();
    this.#left = release().catch((thrown) => log.debug(errorFields(thrown), "the lobby could not be left in time"));
    return this.#left;
  }

  /** Shows the entry of the fleet if it is up to this replica, or takes it away. While it waits, nothing is known and nothing changes. */
  #showFleet(): void {
    const { fleet, runtime, showsFleet } = this.#options;
    const { channel, isShown } = this.#stay ?? {};
    const isUpToThis = this.#duty === "write";
    if (!showsFleet || !this.#stay || !channel || this.#duty === "wait" || isShown === isUpToThis) return;
    this.#stay.isShown = isUpToThis;
    const since = new Date(runtime.clock.now()).toISOString();
    const member = { userId: this.#key, name: "shoal", status: "idle", since, matchId: null, isBot: true } as const;
    const show = async () => (isUpToThis ? channel.track(fleet.payloads.writeMember(member)) : channel.untrack());
    show().catch((thrown) =>
      runtime.log.warn(
        errorFields(thrown),
        "the fleet's entry is not shown in the lobby; bots are matched all the same",
      ),
    );
  }

  #onPresence(state: PresenceState): void {
    this.#shown = state;
    this.#looks.add(this.#look());
  }

  /** Looks at the latest state. Of those that come during a look only the last is looked at, after it. */
  *#look(): Generator<undefined> {
    const state = this.#shown;
    if (!state) return;
    this.#shown = undefined;
    const { people, malformed, withBotId } = yield* this.#reader.scan(state, this.#key);
    if (this.#duty === "write") this.#noteBad(malformed, withBotId);
    this.#ownCount = people.size;
    this.#tell();
    this.#writer?.show(people);
  }

  /** Tells the number of people, if it is a new one. */
  #tell(): void {
    const people = this.peopleCount;
    if (people === null || people === this.#toldCount) return;
    this.#toldCount = people;
    this.#emitter.emit("lobby:changed", { people });
  }

  #noteBad(malformed: number, withBotId: number): void {
    const entries = malformed + withBotId;
    if (entries > 0) this.#emitter.emit("lobby:malformed", { entries });
    if (malformed > 0) this.#warnMalformed(malformed);
    if (withBotId === 0 || this.#hasLoggedBotId) return;
    // The first alone: anybody can make such entries, as many as they like.
    this.#hasLoggedBotId = true;
    this.#options.runtime.log.warn({}, WITH_BOT_ID);
  }

  /** Stops watching and leaves the lobby. Idempotent. */
  async stop(): Promise<void> {
    for (const off of this.#offs) off();
    this.#writer?.stop();
    await this.#leave();
  }
}
