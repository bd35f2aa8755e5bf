import type { Evidence } from "../src/classify.ts";
import type {
  ChannelListener,
  Driver,
  DriverChannel,
  DriverSocket,
  JoinRequest,
  PushReply,
  SocketListener,
} from "../src/driver.ts";
import type { Payload } from "../src/types.ts";

export type Verdict = "ok" | "hold" | Evidence;

export interface FakeDriverOptions {
  /** What becomes of each handshake. Default `ok`. */
  readonly handshake?: (index: number) => Verdict;
  /** What becomes of each join. Default `ok`. */
  readonly join?: (request: JoinRequest, index: number, socket: FakeSocket) => Verdict;
}

/** A driver whose server is the test: everything is recorded, and what is held is answered by hand. */
export class FakeDriver implements Driver {
  readonly sockets: FakeSocket[] = [];
  readonly joins: FakeChannel[] = [];
  /** May be changed on the way. */
  options: FakeDriverOptions;

  constructor(options: FakeDriverOptions = {}) {
    this.options = options;
  }

  get openSockets(): readonly FakeSocket[] {
    return this.sockets.filter((socket) => socket.isOpen);
  }

  /** Topics in the order in which their joins were sent. */
  get joinedTopics(): readonly string[] {
    return this.joins.map((channel) => channel.request.topic);
  }

  /** Drops the record of what is over, in tests that run for ever. */
  forgetHistory(): void {
    this.sockets.splice(0, this.sockets.length, ...this.openSockets);
    this.joins.splice(0, this.joins.length, ...this.joins.filter((channel) => channel.isAlive));
  }

  open(listener: SocketListener): DriverSocket {
    const socket = new FakeSocket(this, listener, this.sockets.length);
    this.sockets.push(socket);
    const verdict = this.options.handshake?.(socket.index) ?? "ok";
    queueMicrotask(() => {
      if (verdict === "ok") socket.accept();
      else if (verdict !== "hold") socket.drop(verdict);
    });
    return socket;
  }
}

export class FakeSocket implements DriverSocket {
  readonly index: number;
  readonly listener: SocketListener;
  readonly channels: FakeChannel[] = [];
  readonly #driver: FakeDriver;
  isOpen = false;
  isOver = false;

  constructor(driver: FakeDriver, listener: SocketListener, index: number) {
    this.#driver = driver;
    this.listener = listener;
    this.index = index;
  }

  /** Topics held now, in the server's eyes. */
  get topics(): readonly string[] {
    return this.channels.filter((channel) => channel.isAlive).map((channel) => channel.request.topic);
  }

  accept(): void {
    if (this.isOver) return;
    this.isOpen = true;
    this.listener.onOpen();
  }

  drop(evidence: Evidence): void {
    if (this.isOver) return;
    this.isOver = true;
    this.isOpen = false;
    for (const channel of this.channels) channel.abandon();
    this.listener.onClosed(evidence);
  }

  join(request: JoinRequest, listener: ChannelListener): DriverChannel {
    const channel = new FakeChannel(request, listener);
    this.channels.push(channel);
    this.#driver.joins.push(channel);
    const verdict = this.#driver.options.join?.(request, this.#driver.joins.length - 1, this) ?? "ok";
    queueMicrotask(() => {
      if (verdict === "ok") channel.accept();
      else if (verdict !== "hold") channel.end(verdict);
    });
    return channel;
  }

  async close(): Promise<void> {
    this.isOver = true;
    this.isOpen = false;
    for (const channel of this.channels) channel.abandon();
  }
}

export class FakeChannel implements DriverChannel {
  readonly request: JoinRequest;
  readonly listener: ChannelListener;
  /** Entries tracked, null for untrack. */
  readonly presenceCalls: (Payload | null)[] = [];
  readonly sent: { readonly event: string; readonly payload: Payload }[] = [];
  reply: PushReply | "hold" = { kind: "ok" };
  isAlive = true;
  isJoined = false;
  isLeft = false;
  /** True: a leave is answered by `answerLeave` and no sooner. */
  holdsLeave = false;
  #leaving: (() => void) | null = null;
  readonly #held: ((reply: PushReply) => void)[] = [];

  constructor(request: JoinRequest, listener: ChannelListener) {
    this.request = request;
    this.listener = listener;
  }

  accept(): void {
    if (!this.isAlive || this.isLeft) return;
    this.isJoined = true;
    this.listener.onJoined();
  }

  /** The server delivers a broadcast. */
  say(event: string, payload: Payload): void {
    if (this.isAlive && !this.isLeft) this.listener.onMessage(event, payload);
  }

  /** Refused, or closed later on. */
  end(evidence: Evidence): void {
    if (!this.isAlive) return;
    const isLeft = this.isLeft;
    this.abandon();
    if (!isLeft) this.listener.onDown(evidence);
  }

  abandon(): void {
    this.isAlive = false;
    this.answerLeave();
    this.answer({ kind: "gone" });
  }

  answer(reply: PushReply): void {
    for (const resolve of this.#held.splice(0)) resolve(reply);
  }

  broadcast(event: string, payload: Payload): Promise<PushReply> {
    this.sent.push({ event, payload });
    return this.#replyLater();
  }

  track(entry: Payload): Promise<PushReply> {
    this.presenceCalls.push(entry);
    return this.#replyLater();
  }

  untrack(): Promise<PushReply> {
    this.presenceCalls.push(null);
    return this.#replyLater();
  }

  async leave(): Promise<void> {
    if (!this.isAlive) return;
    this.isLeft = true;
    if (this.holdsLeave) await new Promise<void>((resolve) => (this.#leaving = resolve));
    this.abandon();
  }

  answerLeave(): void {
    this.#leaving?.();
  }

  #replyLater(): Promise<PushReply> {
    if (!this.isAlive) return Promise.resolve({ kind: "gone" });
    if (this.reply !== "hold") return Promise.resolve(this.reply);
    return new Promise((resolve) => this.#held.push(resolve));
  }
}
