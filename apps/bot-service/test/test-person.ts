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

type ProjectEnvironment = Pick<ServiceEnvironment, "SUPABASE_URL" | "SUPABASE_ANON_KEY">;

/** Makes a client that keeps no session and leaves no timer. */
export function testClient({ SUPABASE_URL, SUPABASE_ANON_KEY }: ProjectEnvironment): SupabaseClient {
  return createClient(SUPABASE_URL, SUPABASE_ANON_KEY ?? "", {
    auth: { persistSession: false, autoRefreshToken: false },
  });
}

/**
 * A person's app, as docs/app-contract.md tells app authors to write it: a real client with the anon key. One that is signed in
 * uses private channels and waits by RPC; the others wait in the lobby.
 */
export class TestPerson implements AsyncDisposable {
  readonly id: string;
  readonly #emitter = createEmitter<PersonEvents>();
  readonly events = this.#emitter;
  readonly #client: SupabaseClient;
  readonly #lobby: RealtimeChannel;
  readonly #own: RealtimeChannel;
  #room: RealtimeChannel | undefined;
  readonly #isSignedIn: boolean;
  #waits = 0;

  constructor(id: string, client: SupabaseClient, isSignedIn = false) {
    this.id = id;
    this.#client = client;
    this.#isSignedIn = isSignedIn;
    this.#lobby = client.channel("global:lobby", { config: { private: isSignedIn, presence: { key: id } } });
    this.#own = client.channel(`user:${id}`, { config: { private: isSignedIn } });
    this.#own.on("broadcast", { event: "stranger_matched" }, ({ payload }) =>
      this.#emitter.emit("notice", payload as Notice),
    );
  }

  /** Signs a new person in anonymously. */
  static async signIn(environment: ProjectEnvironment): Promise<TestPerson> {
    const client = testClient(environment);
    const { data, error } = await client.auth.signInAnonymously();
    if (!data.user) throw error;
    return new TestPerson(data.user.id, client, true);
  }

  /** Joins the lobby and listens for notices. */
  async enter(): Promise<this> {
    await Promise.all([joined(this.#lobby), joined(this.#own)]);
    if (this.#isSignedIn) await this.show({ status: "idle", since: new Date().toISOString() });
    return this;
  }

  /** Waits for a partner and resolves with the notice. */
  async meet(): Promise<Notice> {
    const notice = this.events.next("notice");
    await this.wait();
    return notice;
  }

  /** Begins a new wait. */
  async wait(): Promise<void> {
    if (this.#isSignedIn) return void (await this.state());
    this.#waits += 1;
    await this.show({ status: "waiting", since: new Date(Date.now() + this.#waits).toISOString() });
  }

  /** Returns the state of a signed-in person's wait, which begins if there is none. */
  state(): Promise<{ readonly status: string; readonly is_confirmed: boolean }> {
    return this.#call("match_wait", { name: this.id.slice(0, 8) });
  }

  /** Confirms a match, as a signed-in person does. */
  async confirm({ match_id }: Notice): Promise<void> {
    await this.#call("match_confirm", { match_id });
  }

  async #call(name: string, args: Record<string, unknown>) {
    const { data, error } = await this.#client.rpc(name, args);
    if (error) throw error;
    return data;
  }

  /** Tracks anything in the lobby. */
  async show(entry: Record<string, unknown>): Promise<void> {
    await this.#lobby.track({ user_id: this.id, name: this.id, ...entry });
  }

  /** Joins the room of a match and tracks presence there. */
  async enterRoom({ room_id }: Notice): Promise<void> {
    const config = { private: this.#isSignedIn, presence: { key: this.id } };
    const room = this.#client.channel(`room:${room_id}`, { config });
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

export function joined(channel: RealtimeChannel): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === "SUBSCRIBED") resolve();
      else if (status !== "CLOSED") reject(error ?? new Error(`${channel.topic}: ${status}`));
    });
  });
}
