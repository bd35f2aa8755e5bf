import type { Clock, Timer } from "@shoal/kernel";
import type { Evidence } from "../src/classify.ts";
import type { JoinRequest } from "../src/driver.ts";
import type { UpgradeAnswer } from "../src/upgrade-diagnosis.ts";
import type { FakeChannel, FakeDriver, FakeSocket, Verdict } from "./fake-driver.ts";
import { JoinCounter } from "./join-counter.ts";

export interface ServerLimits {
  readonly joinsPerSecond: number;
  /** 0 to 1: what people use of that. */
  readonly peopleShare: number;
  readonly channelsPerSocket: number;
}

/** What becomes of joins on some topics: refused with these words, or never answered. */
export interface JoinFault {
  readonly topic: RegExp;
  readonly text: string | "never answered";
}

/** A join as the server saw it. */
export interface SeenJoin {
  readonly request: JoinRequest;
  readonly socket: FakeSocket;
  readonly channel: FakeChannel;
  readonly atMs: number;
}

const CONNECTION_REFUSED: Evidence = { where: "handshake", text: "Failed to connect", closeCode: 1006 };
const LIMITED: Evidence = { where: "handshake", text: "Too many joins per second", httpStatus: 429 };
/** @source REALTIME-FRAMES.md, summary: refusals are late, and a join is given up after 10 s */
const REFUSED_JOIN_MS = 5000;
const REFUSED_HANDSHAKE_MS = 2000;
const JOIN_TIMEOUT_MS = 10_000;

/** A Realtime server as the pool sees it: it counts, refuses, restarts and keeps silent when it is told to. */
export class ServerModel {
  readonly #clock: Clock;
  readonly #driver: FakeDriver;
  readonly #limits: ServerLimits;
  readonly #timers = new Set<Timer>();
  #counter: JoinCounter;
  /** Of the counters before this one. */
  #trips = 0;
  #isDown = false;
  #overrunUntilMs = 0;
  handshakes: Verdict = "ok";
  joinFault: JoinFault | null = null;
  /** Asked by HTTP and not answered yet. */
  questions = 0;
  /** Hears every join before it is answered. */
  onJoin: (join: SeenJoin) => void = () => {};
  /** Hears of every handshake when it starts. */
  onHandshake: () => void = () => {};

  constructor(clock: Clock, driver: FakeDriver, limits: ServerLimits) {
    this.#clock = clock;
    this.#driver = driver;
    this.#limits = limits;
    this.#counter = new JoinCounter(limits.joinsPerSecond, limits.peopleShare, clock.monotonicMs(), "warm");
    driver.options = {
      handshake: (index) => this.#handshake(index),
      join: (request, index, socket) => this.#join(request, index, socket),
    };
  }

  /** Timers of the model's own on the shared clock. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** How often it came to its limit of joins. */
  get trips(): number {
    this.#counter.look(this.#clock.monotonicMs());
    return this.#trips + this.#counter.trips;
  }

  /** Somebody new joins one topic. False: refused. */
  joinsPerson(): boolean {
    if (this.#isOverrun) return false;
    this.#counter.add(this.#clock.monotonicMs());
    return true;
  }

  /** All sockets go with this code; connections are refused for `downMs`, then it counts from nothing. */
  restart(closeCode: number, downMs: number): void {
    this.#isDown = downMs > 0;
    this.dropAll(closeCode);
    const start = () => {
      this.#isDown = false;
      const { joinsPerSecond, peopleShare } = this.#limits;
      this.#trips += this.#counter.trips;
      this.#counter = new JoinCounter(joinsPerSecond, peopleShare, this.#clock.monotonicMs(), "cold");
    };
    if (downMs > 0) this.#after(downMs, start);
    else start();
  }

  dropAll(closeCode: number): void {
    for (const socket of this.#driver.openSockets) socket.drop({ where: "close", text: "", closeCode });
  }

  /** Somebody else is over the limit of joins. */
  overrun(ms: number): void {
    this.#overrunUntilMs = this.#clock.monotonicMs() + ms;
  }

  heal(): void {
    this.handshakes = "ok";
    this.joinFault = null;
    this.#overrunUntilMs = 0;
  }

  /** A handshake by plain HTTP: refused 2 s later, or not at all. */
  async ask(signal: AbortSignal): Promise<UpgradeAnswer | null> {
    if (this.#isDown) return null;
    if (!this.#isOverrun) return { status: 101, text: "" };
    this.questions += 1;
    const answer = await new Promise<UpgradeAnswer | null>((resolve) => {
      signal.addEventListener("abort", () => resolve(null), { once: true });
      this.#after(REFUSED_HANDSHAKE_MS, () => resolve({ status: 429, text: "Too many joins per second" }));
    });
    this.questions -= 1;
    return answer;
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #handshake(index: number): Verdict {
    this.onHandshake();
    if (this.#isDown) return CONNECTION_REFUSED;
    const refusal = this.#isOverrun ? LIMITED : this.handshakes;
    if (typeof refusal === "string") return refusal;
    const socket = this.#driver.sockets[index];
    this.#after(REFUSED_HANDSHAKE_MS, () => socket?.drop(refusal));
    return "hold";
  }

  #join(request: JoinRequest, index: number, socket: FakeSocket): Verdict {
    const channel = this.#driver.joins[index];
    if (!channel) throw new Error("a join is recorded before it is judged");
    const atMs = this.#clock.monotonicMs();
    this.onJoin({ request, socket, channel, atMs });
    if (this.#isOverrun) return this.#refuse(channel, "ClientJoinRateLimitReached: Too many joins per second", socket);
    this.#counter.add(atMs);
    if (this.joinFault?.topic.test(request.topic)) {
      if (this.joinFault.text !== "never answered") return this.#refuse(channel, this.joinFault.text);
      this.#after(JOIN_TIMEOUT_MS, () => channel.end({ where: "join", text: "TIMED_OUT" }));
      return "hold";
    }
    if (socket.topics.length <= this.#limits.channelsPerSocket) return "ok";
    return this.#refuse(channel, "ChannelRateLimitReached: Too many channels");
  }

  #refuse(channel: FakeChannel, text: string, closing?: FakeSocket): Verdict {
    this.#after(REFUSED_JOIN_MS, () => {
      channel.end({ where: "join", text });
      closing?.drop({ where: "close", text, closeCode: 1001 });
    });
    return "hold";
  }

  get #isOverrun(): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#counter.look(nowMs);
    return nowMs < this.#overrunUntilMs || this.#counter.isOver;
  }

  #after(ms: number, act: () => void): void {
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      act();
    });
    this.#timers.add(timer);
  }
}
