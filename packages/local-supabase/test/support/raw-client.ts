import { invariant } from "@shoal/kernel";

/** A websocket without a client library. Frames it receives wait, in order, until a test asks for them. */
export class RawClient {
  readonly #socket: WebSocket;
  readonly #arrived: (string | Uint8Array)[] = [];
  readonly #asking: ((frame: string | Uint8Array) => void)[] = [];
  readonly closed: Promise<number>;
  readonly vsn: string;
  #barrier = 0;

  private constructor(url: string, vsn: string, headers: Readonly<Record<string, string>>) {
    this.vsn = vsn;
    this.#socket = new WebSocket(url, { headers });
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => this.#arrive(typeof data === "string" ? data : new Uint8Array(data));
    this.closed = new Promise((resolve) => {
      this.#socket.onclose = ({ code }) => resolve(code);
    });
  }

  /** Connects to a server's `url` and waits until the socket is open. */
  static async open(
    url: string,
    apikey: string,
    vsn = "2.0.0",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawClient> {
    const address = `${url.replace("http", "ws")}/realtime/v1/websocket?apikey=${apikey}&vsn=${vsn}`;
    const client = new RawClient(address, vsn, headers);
    await new Promise<void>((resolve, reject) => {
      client.#socket.onopen = () => resolve();
      client.#socket.onerror = () => reject(new Error("the socket did not open"));
    });
    return client;
  }

  /** The frames that arrived and no test asked for. */
  get unread(): readonly (string | Uint8Array)[] {
    return this.#arrived;
  }

  send(frame: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(frame);
  }

  sendJson(frame: unknown): void {
    this.send(JSON.stringify(frame));
  }

  /** Sends a message in the format of this socket. */
  push(topic: string, event: string, payload: unknown, ref: string, join_ref: string | null = null): void {
    this.sendJson(
      this.vsn === "2.0.0" ? [join_ref, ref, topic, event, payload] : { topic, event, payload, ref, join_ref },
    );
  }

  /** Resolves with the next frame. */
  next(): Promise<string | Uint8Array> {
    const frame = this.#arrived.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#asking.push(resolve));
  }

  async nextJson(): Promise<unknown> {
    const frame = await this.next();
    invariant(typeof frame === "string", "a text frame was expected, a binary one came");
    return JSON.parse(frame);
  }

  /** Resolves with the frames that no test asked for, once the socket has handled everything sent so far. */
  rest(): Promise<(string | Uint8Array)[]> {
    return this.#restBefore("phoenix", "heartbeat");
  }

  /** Resolves with the same once that channel has, for which its socket does not wait. */
  restOf(topic: string): Promise<(string | Uint8Array)[]> {
    return this.#restBefore(`realtime:${topic}`, "presence");
  }

  async #restBefore(topic: string, event: string): Promise<(string | Uint8Array)[]> {
    this.#barrier += 1;
    const ref = `barrier-${this.#barrier}`;
    this.push(topic, event, {}, ref);
    const before: (string | Uint8Array)[] = [];
    for (;;) {
      const frame = await this.next();
      if (typeof frame === "string" && frame.includes(`"${ref}"`)) return before;
      before.push(frame);
    }
  }

  /** Joins and waits for the reply. */
  async join(topic: string, config: unknown = {}, joinRef = "1"): Promise<unknown> {
    this.push(`realtime:${topic}`, "phx_join", { config }, joinRef, joinRef);
    return this.nextJson();
  }

  close(): void {
    this.#socket.close(1000);
  }

  /** Drops the connection without a close frame. */
  destroy(): void {
    this.#socket.terminate();
  }

  #arrive(frame: string | Uint8Array): void {
    const ask = this.#asking.shift();
    if (ask) ask(frame);
    else this.#arrived.push(frame);
  }
}
