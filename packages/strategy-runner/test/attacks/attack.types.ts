import type { RunMessage, RunReply } from "../../src/guest/wire.ts";

/** What stops an attack. */
export type Wall =
  /** Each loop, in script and in the engine, burns fuel; without fuel the engine stops, and no script can catch that. */
  | "fuel"
  /** What the engine may allocate; no script can catch its end, either. */
  | "memory"
  /** The engine's stack. */
  | "stack"
  /** The host function checks, counts or cuts what it is given. */
  | "host check"
  /** There is no such thing in the sandbox. */
  | "nothing there"
  /** Each run begins with the memory of the captured image. */
  | "reset"
  /** It does what it may, and harms nobody. */
  | "harmless";

export interface Attack {
  readonly name: string;
  /** What it tries, for the table in docs/sandbox.md. */
  readonly tries: string;
  readonly wall: Wall;
  /** Code of the error that the owner sees; "ok" where the run ends well. */
  readonly sees: string;
  /** Body of `run(ctx)`; `c` is the candles. */
  readonly body: string;
  readonly overrides?: Partial<RunMessage>;
  /** What must be so besides. */
  readonly holds?: (reply: RunReply) => boolean;
}
