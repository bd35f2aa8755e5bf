import { type Clock, type Rng, SECOND_MS, type Timer, uniform } from "@shoal/kernel";
import type { RealtimeChannel, SupabaseClient } from "@supabase/supabase-js";
import { type Notice, testClient } from "../../apps/bot-service/test/test-person.ts";

const LOBBY = "global:lobby";
/** Absence from the room after which a partner counts as gone. @source docs/app-contract.md */
const ABSENCE_MS = 3000;
/** Time after which somebody asks a server again that did not take the wait. */
const AGAIN_MS = 500;

/** A conversation, as the person sees it. Instants are of the bench's monotonic clock. */
export interface Meeting {
  readonly matchId: string;
  readonly partnerId: string;
  readonly beganAtMs: number;
  /** Whether the partner was seen in the room. */
  hasMet: boolean;
  /** From the partner's first message on it is a conversation. */
  heardAtMs: number | null;
  endedAtMs: number | null;
  /** `absent`: the partner was gone without a word. `replaced`: a notice of another match came. `own`: the person left. */
  endedBy: "leave" | "absent" | "replaced" | "own" | null;
  saidCount: number;
  heardCount: number;
  /** The longest time that a message waited for an answer. */
  silenceMs: number;
  /** When the oldest message without an answer was sent. */
  askedAtMs: number | null;
}

export interface PersonParts {
  readonly id: string;
  readonly at: { readonly url: string; readonly anonKey: string };
  readonly clock: Clock;
  readonly rng: Rng;
  readonly comesBy: "lobby" | "http";
  readonly isTyping: boolean;
  /** Opens a ticket by HTTP, at any daemon that takes it; false: none did. */
  readonly openTicket: (id: string) => Promise<boolean>;
}

/** A person's app, as docs/app-contract.md tells to write it without sign-in: it waits, talks, and waits again when its partner is gone. */
export class Person {
  readonly meetings: Meeting[] = [];
  readonly #parts: PersonParts;
  readonly #client: SupabaseClient;
  readonly #own: RealtimeChannel;
  readonly #lobby: RealtimeChannel | undefined;
  #room: RealtimeChannel | undefined;
  #absence: Timer | undefined;
  #next: Timer | undefined;
  #isGone = false;
  #waitCount = 0;

  constructor(parts: PersonParts) {
    this.#parts = parts;
    this.#client = testClient({ SUPABASE_URL: parts.at.url, SUPABASE_ANON_KEY: parts.at.anonKey });
    this.#own = this.#client.channel(`user:${parts.id}`);
    this.#own.on("broadcast", { event: "stranger_matched" }, ({ payload }) => this.#onNotice(payload as Notice));
    if (parts.comesBy === "lobby") {
      this.#lobby = this.#client.channel(LOBBY, { config: { presence: { key: parts.id } } });
    }
  }

  get id(): string {
    return this.#parts.id;
  }

  /** The conversation that goes on. */
  get meeting(): Meeting | undefined {
    const last = this.meetings.at(-1);
    return last && last.endedAtMs === null ? last : undefined;
  }

  get isTalking(): boolean {
    return this.meeting?.heardAtMs != null;
  }

  async enter(): Promise<void> {
    await Promise.all([this.#join(this.#own), this.#lobby && this.#join(this.#lobby)]);
    await this.#show({ status: "idle" });
  }

  async wait(): Promise<void> {
    this.#waitCount += 1;
    if (this.#lobby) return this.#show({ status: "waiting" });
    const { clock, id, openTicket } = this.#parts;
    if (this.#isGone || (await openTicket(id))) return;
    this.#next?.cancel();
    this.#next = clock.after(AGAIN_MS, () => void this.wait());
  }

  /** Leaves the conversation and everything else. */
  async leave(): Promise<void> {
    this.#isGone = true;
    this.#next?.cancel();
    await this.#room?.send({ type: "broadcast", event: "leave", payload: { from: this.id, reason: "done" } });
    this.#end("own");
    await this.#client.removeAllChannels();
    await this.#client.realtime.disconnect();
  }

  async #join(channel: RealtimeChannel): Promise<void> {
    await new Promise<void>((resolve) => channel.subscribe((status) => status === "SUBSCRIBED" && resolve()));
  }

  async #show(entry: Record<string, unknown>): Promise<void> {
    // Each wait has a mark of its own, also two within a millisecond.
    const since = new Date(this.#parts.clock.now() + this.#waitCount).toISOString();
    await this.#lobby?.track({ user_id: this.id, name: this.id, since, ...entry });
  }

  #onNotice({ match_id, room_id, partner }: Notice): void {
    if (this.#isGone || this.meetings.some(({ matchId }) => matchId === match_id)) return;
    this.#end("replaced");
    const meeting: Meeting = {
      ...{ matchId: match_id, partnerId: partner.id, beganAtMs: this.#parts.clock.monotonicMs() },
      ...{ hasMet: false, heardAtMs: null, endedAtMs: null, endedBy: null, askedAtMs: null },
      ...{ saidCount: 0, heardCount: 0, silenceMs: 0 },
    };
    this.meetings.push(meeting);
    const room = this.#client.channel(`room:${room_id}`, { config: { presence: { key: this.id } } });
    this.#room = room;
    room.on("broadcast", { event: "message" }, ({ payload }) => this.#onMessage(meeting, payload["from"]));
    room.on("broadcast", { event: "leave" }, () => this.#over(meeting, "leave"));
    room.on("presence", { event: "sync" }, () => this.#onPresence(meeting, room));
    void this.#enterRoom(room, match_id);
  }

  async #enterRoom(room: RealtimeChannel, matchId: string): Promise<void> {
    await this.#join(room);
    await Promise.all([room.track({ user_id: this.id }), this.#show({ status: "matched", match_id: matchId })]);
  }

  #onMessage(meeting: Meeting, from: unknown): void {
    if (from !== meeting.partnerId || meeting !== this.meeting) return;
    const nowMs = this.#parts.clock.monotonicMs();
    meeting.heardCount += 1;
    noteSilence(meeting, nowMs);
    meeting.askedAtMs = null;
    meeting.heardAtMs ??= nowMs;
  }

  #sayLater(meeting: Meeting): void {
    const { clock, rng, isTyping } = this.#parts;
    const pauseMs = uniform(rng, 2000, 4000) / (isTyping ? 2 : 1);
    this.#next?.cancel();
    this.#next = clock.after(pauseMs, () => {
      if (meeting !== this.meeting) return;
      void this.#say(meeting);
      this.#sayLater(meeting);
    });
  }

  async #say(meeting: Meeting): Promise<void> {
    const { clock, isTyping } = this.#parts;
    const room = this.#room;
    meeting.saidCount += 1;
    meeting.askedAtMs ??= clock.monotonicMs();
    const message = {
      ...{
        id: crypto.randomUUID(),
        from: this.id,
        text: `what do you think about music, number ${meeting.saidCount}?`,
      },
      sent_at: new Date(clock.now()).toISOString(),
    };
    await room?.send({ type: "broadcast", event: "message", payload: message });
    if (isTyping) await room?.send({ type: "broadcast", event: "typing", payload: { from: this.id, typing: true } });
  }

  #onPresence(meeting: Meeting, room: RealtimeChannel): void {
    if (meeting !== this.meeting) return;
    const isThere = meeting.partnerId in room.presenceState();
    this.#absence?.cancel();
    this.#absence = undefined;
    if (isThere && !meeting.hasMet) this.#sayLater(meeting);
    meeting.hasMet ||= isThere;
    if (isThere || !meeting.hasMet) return;
    this.#absence = this.#parts.clock.after(ABSENCE_MS, () => this.#over(meeting, "absent"));
  }

  /** The partner is gone: the person waits for another one. */
  #over(meeting: Meeting, endedBy: "leave" | "absent"): void {
    if (meeting !== this.meeting) return;
    this.#end(endedBy);
    void this.wait();
  }

  #end(endedBy: NonNullable<Meeting["endedBy"]>): void {
    this.#absence?.cancel();
    this.#next?.cancel();
    const { meeting } = this;
    if (meeting) {
      meeting.endedAtMs = this.#parts.clock.monotonicMs();
      meeting.endedBy = endedBy;
      noteSilence(meeting, meeting.endedAtMs);
    }
    const room = this.#room;
    this.#room = undefined;
    if (room) void this.#client.removeChannel(room);
  }
}

export function noteSilence(meeting: Meeting, nowMs: number): void {
  if (meeting.askedAtMs !== null) meeting.silenceMs = Math.max(meeting.silenceMs, nowMs - meeting.askedAtMs);
}

/** Time within which a bot answers, however it types. A person who speaks on gives it no peace to answer sooner. */
export const ANSWER_MS = 20 * SECOND_MS;
