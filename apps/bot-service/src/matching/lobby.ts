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
  unreported,
} from "@shoal/kernel";
import type { PooledChannel, PresenceState, RealtimePool } from "@shoal/realtime-pool";
import type { FleetConfig } from "../fleet-config.ts";
import { minuteWarning } from "../minute-warning.ts";
import { stayInLobby } from "../pool/stay-in-lobby.ts";
import { LobbyReader, type Refusal } from "./lobby-reader.ts";
import { LobbyWriter, type TicketStore } from "./lobby-writer.ts";

/** Says what it means that the lobby is not watched. */
export const UNWATCHED =
  "the lobby is not watched: people in it are not counted, and where channels are public they get no tickets by it";

/** Of the time, what looking at the lobby may take where it takes long: anybody can fill it, and change it all the time. */
const LOOK_RATIO = 0.1;

const REFUSALS: Readonly<Record<Refusal, string>> = {
  "bot-id": "a lobby entry of a person has the id of a bot and is left out: its person gets no ticket under that id",
  "future-mark":
    "a lobby entry waits since a time more than a minute in the future and is left out: its person gets no ticket until the clock of that device is right",
};

const LOOK_FAILED =
  "the people in the lobby could not be read: they are counted and, where channels are public, get tickets at its next change";

const MALFORMED =
  "lobby entries could not be read: their people get no tickets; by the default contract user_id has 1 to 128 characters, and status and since must be there (docs/app-contract.md)";

export interface LobbyEvents {
  /** The number of people changed, or became known. */
  "lobby:changed": { readonly people: number };
  /** `entries` more entries were dropped: the codec cannot read them, or the matchmaker refuses them. */
  "lobby:malformed": { readonly entries: number };
}

export interface LobbyOptions {
  readonly replicaId: string;
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly fleet: FleetConfig;
  readonly runtime: Runtime;
  /** Where presence becomes tickets; null where it proves nothing, so that people are only shown and counted. */
  readonly tickets: TicketStore | null;
  /** Returns whether that person is present in a room with a bot of this process. */
  readonly isInRoom: (userId: string) => boolean;
  /** Returns whether a bot of this process has that id. */
  readonly isBot: (userId: string) => boolean;
  /** Whether one entry stands for the whole daemon, instead of one per bot. */
  readonly showsFleet: boolean;
  /** Receives how writes to the matchmaker end, under the name `lobby`. */
  readonly reportLoop?: ReportLoop;
}

/** Observes the lobby for the daemon: counts people, and turns presence into tickets, confirmations and departures. */
export class Lobby {
  readonly events: EventSource<LobbyEvents>;
  readonly #options: LobbyOptions;
  readonly #emitter = createEmitter<LobbyEvents>();
  readonly #reader: LobbyReader;
  readonly #writer: LobbyWriter | undefined;
  readonly #stop = new AbortController();
  readonly #looks: Slices;
  /** The latest presence state, until a look at it begins. */
  #shown: PresenceState | undefined;
  readonly #key: string;
  readonly #warnMalformed: ReturnType<typeof minuteWarning>;
  readonly #outage: Outage;
  #channel: PooledChannel | undefined;
  #peopleCount: number | null = null;
  readonly #logged = new Set<Refusal>();

  constructor(options: LobbyOptions) {
    this.#options = options;
    this.events = this.#emitter;
    this.#key = `shoal-${options.replicaId}`;
    this.#warnMalformed = minuteWarning(options.runtime, MALFORMED);
    const failing = `${UNWATCHED}; trying again`;
    this.#outage = logOutage({ log: options.runtime.log, level: "error", failing, over: "the lobby is watched again" });
    const { runtime, tickets, isInRoom, isBot, reportLoop = unreported } = options;
    this.#looks = createSlices({
      ...{ clock: runtime.clock, loadRatio: LOOK_RATIO },
      onError: (thrown) => runtime.log.error(errorFields(thrown), LOOK_FAILED),
    });
    this.#reader = new LobbyReader({ read: options.fleet.payloads.readMember, isBot, now: runtime.clock.now });
    if (tickets === null) return;
    const onRefused = () => this.#emitter.emit("lobby:malformed", { entries: 1 });
    this.#writer = new LobbyWriter({ runtime, tickets, isInRoom, onRefused, report: reportLoop("lobby") });
  }

  /** People in the lobby, as last seen; null until the first presence state has come. */
  get peopleCount(): number | null {
    return this.#peopleCount;
  }

  /** Whether presence arrives at the moment. */
  get isWatched(): boolean {
    return this.#channel?.status === "joined";
  }

  /** Joins the lobby and watches it until `stop`. Tries again while it cannot be joined. */
  start(): void {
    const { pool, fleet, runtime } = this.#options;
    const outage = this.#outage;
    void stayInLobby({
      ...{ pool, runtime, topic: fleet.topics.lobby, key: this.#key, isStaggered: false, listens: true },
      signal: this.#stop.signal,
      onJoined: (channel, attempt) => this.#onJoined(channel, attempt),
      onFailure: ({ error, retryInMs }) => {
        outage.failed({ retry_in_ms: retryInMs, ...errorFields(error) });
      },
    });
  }

  #onJoined(channel: PooledChannel, attempt: number): void {
    this.#channel = channel;
    this.#outage.worked();
    if (attempt > 1) this.#writer?.showGap();
    channel.events.on("recovered", () => this.#writer?.showGap());
    channel.onPresence((state) => this.#onPresence(state));
    if (this.#options.showsFleet) this.#showFleet(channel);
  }

  #showFleet(channel: PooledChannel): void {
    const { fleet, runtime } = this.#options;
    const since = new Date(runtime.clock.now()).toISOString();
    const member = { userId: this.#key, name: "shoal", status: "idle", since, matchId: null, isBot: true } as const;
    const show = async () => channel.track(fleet.payloads.writeMember(member));
    show().catch((thrown) =>
      runtime.log.warn(
        errorFields(thrown),
        "the fleet's entry is not shown in the lobby; bots are matched all the same",
      ),
    );
  }

  #onPresence(state: PresenceState): void {
    if (this.#stop.signal.aborted) return;
    this.#shown = state;
    this.#looks.add(this.#look());
  }

  /** Looks at the latest state. Of those that come during a look only the last is looked at, after it. */
  *#look(): Generator<undefined> {
    const state = this.#shown;
    if (!state) return;
    this.#shown = undefined;
    const { people, malformed, refused } = yield* this.#reader.scan(state, this.#key);
    const entries = malformed + refused.length;
    if (entries > 0) this.#emitter.emit("lobby:malformed", { entries });
    this.#logRefused(refused);
    if (malformed > 0) this.#warnMalformed(malformed);
    const before = this.#peopleCount;
    this.#peopleCount = people.size;
    if (people.size !== before) this.#emitter.emit("lobby:changed", { people: people.size });
    this.#writer?.show(people);
  }

  /** Logs the first of each kind: anybody can make such entries, as many as they like. */
  #logRefused(refused: readonly Refusal[]): void {
    for (const refusal of new Set(refused).difference(this.#logged)) {
      this.#logged.add(refusal);
      this.#options.runtime.log.warn({ refusal }, `${REFUSALS[refusal]}; others like it are only counted`);
    }
  }

  /** Stops watching and leaves the lobby. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the daemon drains"));
    this.#looks.cancel();
    this.#writer?.stop();
    await this.#channel?.release();
  }
}
