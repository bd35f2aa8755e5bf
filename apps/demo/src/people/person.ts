import { type Rng, type Runtime, type Timer, unreachable } from "@shoal/kernel";
import { Link } from "./link.ts";
import { type Match, type PersonEffect, type PersonEvent, type PersonState, transition } from "./person.state.ts";
import type { Room } from "./room.ts";
import { personName } from "./small-talk.ts";
import type { PeopleStats } from "./stats.ts";
import type { Transcript } from "./transcript.ts";

export interface PersonParts {
  readonly url: string;
  readonly anonKey: string;
  readonly runtime: Runtime;
  readonly rng: Rng;
  readonly stats: PeopleStats;
  readonly transcript: Transcript;
  /** What others are matched with by the rules of the fleet file; null: the person says nothing of the kind. */
  readonly attributes: { readonly topic: string; readonly level: number } | null;
}

/** Holds one simulated person's state and performs the effects of its transitions. */
export class Person {
  readonly name: string;
  readonly #parts: PersonParts;
  readonly #link: Link;
  readonly #entered = Promise.withResolvers<void>();
  readonly #matched = Promise.withResolvers<void>();
  #state: PersonState = { kind: "entering", seen: [] };
  #timer: Timer | undefined;
  #room: Room | undefined;
  #matchId: string | undefined;
  #waitingSinceMs: number | undefined;
  #gone: Promise<void> | undefined;

  constructor(parts: PersonParts) {
    this.#parts = parts;
    this.name = personName(parts.rng);
    this.#link = new Link({
      ...parts,
      name: this.name,
      listener: {
        onOnline: () => {
          this.#entered.resolve();
          this.#send({ kind: "online" });
        },
        onOffline: () => {
          this.#waitingSinceMs = undefined;
          this.#send({ kind: "offline" });
        },
        onNotice: (match) => this.#send({ kind: "notice", match }),
        onWaiting: () => {
          if (parts.attributes) parts.stats.wants(this.#link.userId, parts.attributes.topic);
          this.#waitingSinceMs ??= parts.runtime.clock.monotonicMs();
        },
      },
    });
  }

  get state(): PersonState {
    return this.#state;
  }

  /** Resolves when the person is in the lobby for the first time. */
  get entered(): Promise<void> {
    return this.#entered.promise;
  }

  /** Resolves when a partner was found for the person for the first time. */
  get matched(): Promise<void> {
    return this.#matched.promise;
  }

  start(): void {
    this.#link.open();
  }

  /** Says goodbye in the current room and leaves every channel. Idempotent, bounded. */
  async leave(): Promise<void> {
    this.#send({ kind: "stop" });
    await this.#gone;
  }

  #send(event: PersonEvent): void {
    const from = this.#state;
    const { state, effects } = transition(from, event, { name: this.name, rng: this.#parts.rng });
    this.#state = state;
    if (event.kind === "notice" && state !== from) this.#countWait();
    if (state.kind !== from.kind) this.#timer?.cancel();
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: PersonEffect): void {
    switch (effect.kind) {
      case "wait-in-line":
        return this.#link.wait();
      case "enter-room":
        this.#matchId = effect.match.matchId;
        this.#room = this.#enter(effect.match);
        return;
      case "leave-room":
        return this.#leaveRoom(effect.reason);
      case "type":
        this.#room?.send("typing", { from: this.#link.userId, typing: effect.isTyping });
        return;
      case "say":
        return this.#say(effect.text);
      case "met":
        return this.#parts.stats.met(this.#link.userId, effect.match.matchId, effect.match.partner);
      case "wait":
        this.#timer?.cancel();
        this.#timer = this.#parts.runtime.clock.after(effect.delayMs, () => this.#send({ kind: "timeout" }));
        return;
      case "go":
        this.#timer?.cancel();
        this.#entered.resolve();
        this.#gone = this.#link.close();
        return;
      default:
        return unreachable(effect);
    }
  }

  #enter(match: Match): Room | undefined {
    return this.#link.enterRoom(match, {
      onPartnerPresent: () => this.#send({ kind: "partner-present" }),
      onPartnerLeft: () => this.#send({ kind: "partner-left" }),
      onHeard: (messageId, text) => {
        this.#parts.stats.received(this.#link.userId);
        this.#parts.transcript.add(match.matchId, messageId, match.partner, text);
        this.#send({ kind: "heard" });
      },
    });
  }

  #leaveRoom(reason: string | null): void {
    const room = this.#room;
    if (this.#matchId !== undefined) this.#parts.transcript.end(this.#matchId);
    this.#room = undefined;
    if (reason !== null) room?.send("leave", { from: this.#link.userId, reason });
    void room?.leave();
  }

  #say(text: string): void {
    const { runtime, stats, transcript } = this.#parts;
    const id = runtime.ids.uuid();
    const sentAt = new Date(runtime.clock.now()).toISOString();
    if (!this.#room?.send("message", { id, from: this.#link.userId, text, sent_at: sentAt })) return;
    stats.sent();
    if (this.#matchId !== undefined) transcript.add(this.#matchId, id, { name: this.name, isBot: false }, text);
  }

  // Measures from the first call that shows the person waiting to the first notice after it.
  #countWait(): void {
    if (this.#waitingSinceMs === undefined) return;
    this.#matched.resolve();
    this.#parts.stats.noticed(this.#parts.runtime.clock.monotonicMs() - this.#waitingSinceMs);
    this.#waitingSinceMs = undefined;
  }
}
