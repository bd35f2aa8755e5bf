import type { Session, SupabaseClient } from "@supabase/supabase-js";

export const ME = "11111111-1111-4111-8111-111111111111";
export const PARTNER = "22222222-2222-4222-8222-222222222222";

/** A match as functions and notices tell of it. */
export const matchNumber = (number: number, partner: object = { id: PARTNER, name: "Mika", bot: true }) => ({
  ...{ match_id: `match-${number}`, room_id: `room-${number}`, partner },
});

type OnAuth = (event: string, session: Session | null) => void;
type Join = (status: string, error?: Error) => void;
type Listener = { readonly type: string; readonly event: string; readonly react: (news: { payload: unknown }) => void };
interface Sent {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export class FakeChannel {
  state = "closed";
  readonly sent: Sent[] = [];
  readonly topic: string;
  readonly #server: FakeSupabase;
  readonly #listeners: Listener[] = [];
  #onStatus: Join = () => {};
  #presence: Record<string, unknown> = {};

  constructor(topic: string, server: FakeSupabase) {
    this.topic = topic;
    this.#server = server;
  }

  on(type: string, { event }: { event: string }, react: Listener["react"]) {
    this.#listeners.push({ type, event, react });
    return this;
  }

  subscribe(onStatus: Join) {
    this.#onStatus = onStatus;
    queueMicrotask(() => this.join());
    return this;
  }

  /** As the server answers a join, and the client joins again. */
  join() {
    const refusal = this.#server.refusals.get(this.topic.split(":")[0] ?? "");
    if (refusal) return this.#onStatus("CHANNEL_ERROR", new Error(refusal));
    this.state = "joined";
    this.#server.did.push(`join ${this.topic}`);
    this.#onStatus("SUBSCRIBED");
  }

  lose(status: "CHANNEL_ERROR" | "CLOSED" = "CHANNEL_ERROR", reason = "socket closed: 1006") {
    this.state = "errored";
    this.#onStatus(status, status === "CLOSED" ? undefined : new Error(reason));
  }

  async send({ event, payload }: Sent) {
    this.sent.push({ event, payload });
    return this.#server.sendAnswer;
  }

  async track() {
    return "ok";
  }

  presenceState() {
    return this.#presence;
  }

  /** Who is in the room now. */
  show(...ids: string[]) {
    this.#presence = Object.fromEntries(ids.map((id) => [id, [{}]]));
    this.#tell("presence", "sync", undefined);
  }

  hear(event: string, payload: unknown) {
    this.#tell("broadcast", event, payload);
  }

  #tell(type: string, event: string, payload: unknown) {
    for (const one of this.#listeners) if (one.type === type && one.event === event) one.react({ payload });
  }

  eventsSent(event: string) {
    return this.sent.filter((one) => one.event === event).map(({ payload }) => payload);
  }
}

interface Failure {
  readonly message: string;
  readonly code: string;
  readonly status?: number;
}

/** A project as the chat sees it: sign-in, functions, channels. */
export class FakeSupabase {
  /** What was asked of it, in order. */
  readonly did: string[] = [];
  /** What a function was called with last. */
  readonly given = new Map<string, object>();
  /** Reasons for which topics of a kind (`user`, `room`) are refused. */
  readonly refusals = new Map<string, string>();
  readonly answers = new Map<string, (() => unknown)[]>();
  sendAnswer = "ok";
  /** How long a function is on its way, in ms. */
  readonly delaysMs = new Map<string, number>();
  session: Session | null = null;
  signInError: (Error & { code?: string; status?: number }) | null = null;
  #channels: FakeChannel[] = [];
  #onAuth: OnAuth = () => {};

  /** The latest channel of a topic. */
  channelOf(topic: string): FakeChannel {
    const found = this.#channels.findLast((channel) => channel.topic === topic);
    if (!found) throw new Error(`nobody has asked for ${topic}`);
    return found;
  }

  /** Sets what a function answers, the last one for ever. */
  answer(name: string, ...values: (object | null | Failure)[]) {
    this.answers.set(
      name,
      values.map((value) => () => value),
    );
  }

  signIn(isAnonymous = true, id = ME) {
    this.session = { access_token: `token of ${id}`, user: { id, is_anonymous: isAnonymous } } as unknown as Session;
    this.#onAuth("SIGNED_IN", this.session);
  }

  callsOf(name: string) {
    return this.did.filter((one) => one === name).length;
  }

  get client(): SupabaseClient {
    const auth = {
      getSession: async () => ({ data: { session: this.session } }),
      signInAnonymously: async () => {
        this.did.push("sign in");
        if (this.signInError) return { data: { user: null }, error: this.signInError };
        this.signIn();
        return { data: { user: this.session?.user ?? null }, error: null };
      },
      signOut: async () => {
        this.session = null;
        this.did.push("sign out");
        this.#onAuth("SIGNED_OUT", null);
      },
      onAuthStateChange: (react: OnAuth) => {
        this.#onAuth = react;
        return { data: { subscription: { unsubscribe() {} } } };
      },
    };
    const rpc = (name: string, parameters: object) => ({
      abortSignal: async () => {
        const delayMs = this.delaysMs.get(name);
        if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs));
        return this.#call(name, parameters);
      },
    });
    return {
      ...{ auth, rpc },
      realtime: { setAuth: async () => {}, isConnected: () => true },
      channel: (topic: string) => {
        const channel = new FakeChannel(topic, this);
        this.#channels.push(channel);
        return channel;
      },
      removeChannel: async (channel: FakeChannel) => {
        channel.state = "closed";
        this.did.push(`leave ${channel.topic}`);
      },
    } as unknown as SupabaseClient;
  }

  #call(name: string, parameters: object) {
    this.did.push(name);
    this.given.set(name, parameters);
    const answers = this.answers.get(name) ?? [];
    const value = (answers.length > 1 ? answers.shift() : answers[0])?.() ?? null;
    const isFailure = value !== null && typeof value === "object" && "code" in value && "message" in value;
    if (!isFailure) return { data: value, error: null, status: 200 };
    return { data: null, error: value, status: (value as Failure).status ?? 400 };
  }
}

/** The storage of a browser's session. */
export function fakeStorage() {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
}
