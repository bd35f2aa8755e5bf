import { createEmitter } from "@shoal/kernel";
import { createClient, type RealtimeChannel, type SupabaseClient } from "@supabase/supabase-js";
import type { ServiceEnvironment } from "../src/service.types.ts";

export interface Notice {
  readonly match_id: string;
  readonly room_id: string;
  readonly partner: { readonly id: string; readonly name: string; readonly bot: boolean };
}

export interface Said {
  readonly from: string;
  readonly text: string;
}

interface PersonEvents {
  notice: Notice;
  message: Said;
  typing: { readonly from: string; readonly typing: boolean };
  leave: { readonly from: string; readonly reason: string };
}

/** A person's app, as docs/app-contract.md tells app authors to write it: a real client with the anon key. */
export class TestPerson implements AsyncDisposable {
  readonly id: string;
  readonly #emitter = createEmitter<PersonEvents>();
  readonly events = this.#emitter;
  readonly #client: SupabaseClient;
  readonly #lobby: RealtimeChannel;
  readonly #own: RealtimeChannel;
  #room: RealtimeChannel | undefined;
  #waits = 0;

  constructor(id: string, environment: Pick<ServiceEnvironment, "SUPABASE_URL" | "SUPABASE_ANON_KEY">) {
    this.id = id;
    this.#client = createClient(environment.SUPABASE_URL, environment.SUPABASE_ANON_KEY ?? "");
    this.#lobby = this.#client.channel("global:lobby", { config: { presence: { key: id } } });
    this.#own = this.#client.channel(`user:${id}`);
    this.#own.on("broadcast", { event: "stranger_matched" }, ({ payload }) =>
      this.#emitter.emit("notice", payload as Notice),
    );
  }

  /** Joins the lobby and listens for notices. */
  async enter(): Promise<this> {
    await Promise.all([joined(this.#lobby), joined(this.#own)]);
    return this;
  }

  /** Waits for a partner and resolves with the notice. */
  async meet(): Promise<Notice> {
    const notice = this.events.next("notice");
    await this.wait();
    return notice;
  }

  /** Tracks a new wait. */
  async wait(): Promise<void> {
    this.#waits += 1;
    await this.show({ status: "waiting", since: new Date(Date.now() + this.#waits).toISOString() });
  }

  /** Tracks anything in the lobby. */
  async show(entry: Record<string, unknown>): Promise<void> {
    await this.#lobby.track({ user_id: this.id, name: this.id, ...entry });
  }

  /** Joins the room of a match and tracks presence there. */
  async enterRoom({ room_id }: Notice): Promise<void> {
    const room = this.#client.channel(`room:${room_id}`, { config: { presence: { key: this.id } } });
    for (const event of ["message", "typing", "leave"] as const) {
      room.on("broadcast", { event }, ({ payload }) => this.#emitter.emit(event, payload));
    }
    this.#room = room;
    await joined(room);
    await room.track({ user_id: this.id });
  }

  /** Broadcasts anything in the room. */
  async broadcast(event: string, payload: Record<string, unknown>): Promise<void> {
    await this.#room?.send({ type: "broadcast", event, payload });
  }

  async say(text: string): Promise<void> {
    await this.broadcast("message", {
      id: crypto.randomUUID(),
      from: this.id,
      text,
      sent_at: new Date().toISOString(),
    });
  }

  /** Sends a message and resolves with the first answer. */
  async ask(text: string): Promise<Said> {
    const answer = this.events.next("message", ({ from }) => from !== this.id);
    await this.say(text);
    return answer;
  }

  async leaveRoom(): Promise<void> {
    await this.broadcast("leave", { from: this.id, reason: "done" });
    if (this.#room) await this.#client.removeChannel(this.#room);
  }

  /** Drops the connection without a goodbye, as a closed laptop does. */
  vanish(): void {
    this.#client.realtime.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.removeAllChannels();
    await this.#client.realtime.disconnect();
  }
}

function joined(channel: RealtimeChannel): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === "SUBSCRIBED") resolve();
      else if (status !== "CLOSED") reject(error ?? new Error(`${channel.topic}: ${status}`));
    });
  });
}
