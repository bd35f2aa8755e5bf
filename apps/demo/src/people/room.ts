import { backoffDelayMs, type Clock, proportionalJitter, type Rng, type Timer } from "@shoal/kernel";
import type { SupabaseClient } from "@supabase/supabase-js";
import { type JoinedChannel, joinChannel } from "./channel.ts";
import { readMessage, readSender, roomTopic } from "./contract.ts";
import { PartnerWatch } from "./partner-watch.ts";
import type { Match } from "./person.state.ts";
import type { PeopleStats } from "./stats.ts";

const REJOIN = proportionalJitter(400, 4000, 0.5);

export interface RoomListener {
  onPartnerPresent(): void;
  onHeard(messageId: string, text: string): void;
  onPartnerLeft(): void;
}

export interface RoomParts {
  readonly client: SupabaseClient;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly stats: PeopleStats;
  readonly personId: string;
  readonly match: Match;
  /** Confirms the match; false if it is over. Rejects when the signal aborts. */
  readonly confirm: (signal: AbortSignal) => Promise<boolean>;
  readonly listener: RoomListener;
}

/**
 * Keeps a person in a room: confirms the match and joins, and does so anew with a fresh channel after a backoff, until `leave`. A
 * join without a seat would be refused, which holds the whole socket up for 5 s.
 */
export class Room {
  readonly #parts: RoomParts;
  readonly #partner: PartnerWatch;
  #joined: JoinedChannel | undefined;
  #retry: Timer | undefined;
  #failures = 0;
  readonly #ending = new AbortController();

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#partner = new PartnerWatch(parts.clock, parts.listener);
    void this.#enter();
  }

  /** Broadcasts. Does nothing while the room is not joined, because the library would fall back to HTTP. */
  send(event: "message" | "typing" | "leave", payload: Record<string, unknown>): boolean {
    if (!this.#joined?.isJoined) return false;
    this.#joined.channel.send({ type: "broadcast", event, payload }).catch(() => {});
    return true;
  }

  async leave(): Promise<void> {
    this.#ending.abort(new Error("the room is left"));
    this.#retry?.cancel();
    this.#partner.forget();
    await this.#joined?.leave();
  }

  get #isOver(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Never rejects. */
  async #enter(): Promise<void> {
    const { confirm, listener } = this.#parts;
    const isOpen = await confirm(this.#ending.signal).catch(() => false);
    if (this.#isOver) return;
    if (isOpen) this.#join();
    else listener.onPartnerLeft();
  }

  async #showUp({ channel }: JoinedChannel): Promise<void> {
    const { personId, stats } = this.#parts;
    const answer = await channel.track({ user_id: personId }).catch(() => "error");
    if (answer !== "ok" && !this.#isOver) stats.failed("timeout");
  }

  #join(): void {
    const { client, clock, rng, stats, personId, match, listener } = this.#parts;
    const ifPartner = (payload: unknown, then: () => void) => {
      if (!this.#isOver && readSender(payload) === match.partner.id) then();
    };
    const joined = joinChannel(client, clock, {
      topic: roomTopic(match.roomId),
      presenceKey: personId,
      bind: (channel) => {
        channel.on("broadcast", { event: "message" }, ({ payload }) => {
          const message = readMessage(payload);
          if (message) ifPartner(payload, () => listener.onHeard(message.id, message.text));
        });
        channel.on("broadcast", { event: "leave" }, ({ payload }) =>
          ifPartner(payload, () => listener.onPartnerLeft()),
        );
        channel.on("presence", { event: "sync" }, () => {
          if (!this.#isOver) this.#partner.update(Object.hasOwn(channel.presenceState(), match.partner.id));
        });
      },
      onJoined: () => {
        stats.joined();
        this.#failures = 0;
        void this.#showUp(joined);
      },
      onDown: (failure) => {
        if (this.#isOver) return;
        stats.failed(failure.errorClass, failure.isRefusal);
        this.#partner.forget();
        this.#failures += 1;
        this.#retry = clock.after(backoffDelayMs(REJOIN, this.#failures, rng), () => void this.#enter());
      },
    });
    this.#joined = joined;
  }
}
