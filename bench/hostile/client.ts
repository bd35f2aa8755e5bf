import type { LocalSupabase } from "@shoal/local-supabase";

type Listener = (event: string, payload: Record<string, unknown>) => void;

/** A Realtime socket without a library: what it sends is any text, and what it reads costs this process little. */
export class Client {
  readonly id = crypto.randomUUID();
  readonly #socket: WebSocket;
  readonly #listeners = new Map<string, Listener>();
  readonly #beat: ReturnType<typeof setInterval>;
  #ref = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#beat = setInterval(() => this.push("phoenix", "heartbeat", "{}"), 20_000);
    socket.onmessage = ({ data }) => this.#read(String(data));
  }

  static async open({ url, anonKey }: Pick<LocalSupabase, "url" | "anonKey">): Promise<Client> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/realtime/v1/websocket?apikey=${anonKey}&vsn=1.0.0`);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error("the socket of a stranger did not open"));
    });
    return new Client(socket);
  }

  /** Joins a topic; resolves with the answer. */
  async join(topic: string, listener: Listener = () => {}): Promise<void> {
    const presence = { key: this.id, enabled: true };
    const config = { broadcast: { self: false, ack: false }, presence, postgres_changes: [], private: false };
    await new Promise<void>((resolve) => {
      this.#listeners.set(`realtime:${topic}`, (event, payload) => {
        if (event === "phx_reply") resolve();
        else listener(event, payload);
      });
      this.push(`realtime:${topic}`, "phx_join", JSON.stringify({ config }));
    });
  }

  /** Shows an entry, any text. */
  track(topic: string, entryText: string): void {
    this.push(`realtime:${topic}`, "presence", `{"type":"presence","event":"track","payload":${entryText}}`);
  }

  broadcast(topic: string, event: string, payloadText: string): void {
    const text = `{"type":"broadcast","event":"${event}","payload":${payloadText}}`;
    this.push(`realtime:${topic}`, "broadcast", text);
  }

  push(topic: string, event: string, payloadText: string): void {
    this.#ref += 1;
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(
      `{"topic":"${topic}","event":"${event}","payload":${payloadText},"ref":"${this.#ref}","join_ref":"1"}`,
    );
  }

  close(): void {
    clearInterval(this.#beat);
    this.#socket.close();
  }

  /** Presence is of no interest here, and may be megabytes. */
  #read(text: string): void {
    if (text.length > 10_000) return;
    const { topic, event, payload } = JSON.parse(text);
    this.#listeners.get(topic)?.(event, payload);
  }
}
