import { testRuntime } from "@shoal/testkit";
import type { FromChild, ToChild } from "../child/child-protocol.ts";
import { decodeFrame, draftFrame, LENGTH_BYTES } from "../child/frames.ts";
import type { Child, ChildListener, ProcessReading, SpawnChild } from "./child.types.ts";
import { type Run, Supervisor } from "./supervisor.ts";

/** A child that does what its test says. */
export class FakeChild implements Child {
  readonly pid: number;
  readonly place: number;
  readonly frames: { readonly message: ToChild; readonly source: number; readonly candles: number }[] = [];
  readonly #listener: ChildListener;
  reading: ProcessReading = { cpuMs: 0, residentBytes: 50_000_000 };
  isAlive = true;
  /** Whether a kill ends it only by `exit`. */
  isSlowToDie = false;
  killCount = 0;
  /** Runs that it has answered. */
  doneCount = 0;

  constructor(pid: number, place: number, listener: ChildListener) {
    this.pid = pid;
    this.place = place;
    this.#listener = listener;
  }

  send(frame: Uint8Array): void {
    const { message, source, candles } = decodeFrame(frame.subarray(LENGTH_BYTES));
    this.frames.push({ message: message as ToChild, source, candles });
  }

  get sent(): ToChild[] {
    return this.frames.map(({ message }) => message);
  }

  kill(): void {
    this.killCount += 1;
    if (!this.isSlowToDie) queueMicrotask(() => this.exit("SIGKILL"));
  }

  say(message: FromChild | Record<string, unknown> | null): void {
    this.#listener.onFrame({ message, columns: [], source: 0, candles: 0 });
  }

  /** What it was given to run, in order. */
  get runs(): string[] {
    return this.sent.flatMap((message) => (message.kind === "run" ? [String(message.request)] : []));
  }

  get hasRun(): boolean {
    return this.runs.length > this.doneCount;
  }

  sayBadly(why: string): void {
    this.#listener.onBadFrame(why);
  }

  ready(): this {
    this.say({ kind: "ready" });
    return this;
  }

  done(outcome: unknown): void {
    this.doneCount += 1;
    this.say({ kind: "done", outcome, cpuMs: 2 });
  }

  exit(why: string): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#listener.onExit({ why });
  }
}

/** Children in the order in which they were started. */
export class FakeChildren {
  readonly all: FakeChild[] = [];

  readonly spawn: SpawnChild = (place, listener) => {
    const child = new FakeChild(this.all.length + 1, place, listener);
    this.all.push(child);
    return child;
  };

  readonly readProcess = (pid: number): ProcessReading | undefined => this.at(pid - 1).reading;

  at(index: number): FakeChild {
    const child = this.all.at(index);
    if (child === undefined) throw new Error(`only ${this.all.length} children were started`);
    return child;
  }
}

export const LIMITS = { wallMs: 3000, cpuMs: 2000, memoryBytes: 100_000_000 };
/** A supervisor on a simulated clock over fake children. */
export function startSupervisor(childCount = 1) {
  const runtime = testRuntime();
  const children = new FakeChildren();
  const { spawn, readProcess } = children;
  const supervisor = new Supervisor({ runtime, childCount, limits: LIMITS, spawn, readProcess });
  return { clock: runtime.clock, children, supervisor };
}

/** A run that is answered with what it asks, and tells all that came of it. */
export function makeRun(name: string, overrides: Partial<Run<unknown>> = {}): Run<unknown> {
  return {
    draft: draftFrame({ kind: "run", request: name }),
    answer: (calls, reply) => reply(calls),
    finish: (outcome, cost) => ({ outcome, cost }),
    fail: ({ code }) => ({ code }),
    ...overrides,
  };
}
