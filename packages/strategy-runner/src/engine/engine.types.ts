/** What the engine gives to those who run strategies in it. The engine itself is `engine.ts`. */
import type { GuestFailure } from "./guest-failure.ts";
import type { MemoryAccess } from "./linear-memory.ts";

/**
 * A value that lives in the engine. One made before `capture` stays good for ever; one made later is good until the next `reset`, and
 * using it after that breaks an invariant. Handles need not be released: the reset forgets them all.
 */
export interface Handle {
  readonly pointer: number;
  /** Number of the reset after which it was made; 0 before `capture`. */
  readonly generation: number;
}

/** What crosses between host and guest by value. Text: half surrogates become U+FFFD, U+0000 stays. A Float64Array is copied. */
export type PlainValue = undefined | null | boolean | number | string | Float64Array;

/**
 * A function of the host that the guest calls. Arguments that are no plain values refuse the call with a TypeError in the guest. It throws
 * a `GuestThrow` to throw in the guest; whatever else it throws ends the run and comes out of the engine's method as it is, after
 * which only `reset` may be called.
 */
export type HostFunction = (...args: PlainValue[]) => PlainValue;

/** What is set anew by each reset. */
export interface RunStart {
  /** Units the run may burn: one each time a loop begins again, in script and in the engine's own code, and one each 64 bytes copied. */
  readonly fuel: number;
  /** What the guest's clock shows from first to last, ms since 1970. */
  readonly nowMs: number;
}

/** A point of a run to which others go back. */
export interface RunPoint {
  /** Units burned until then: a run that has no more cannot begin here. */
  readonly fuel: number;
  /** What is held to keep it. */
  readonly byteCount: number;
}

export type PromiseState =
  | { readonly kind: "pending" }
  | { readonly kind: "fulfilled"; readonly value: Handle }
  | { readonly kind: "rejected"; readonly failure: GuestFailure };

/**
 * One QuickJS in its own linear memory. Synchronous and not reentrant: a host function must not call the engine, but for `burn`.
 * Every method that runs guest code may throw a `GuestFailure`.
 */
export interface Engine {
  /** sha256 of the metered module, in hex. Fuel and image hashes compare only between equal builds. */
  readonly buildId: string;

  /**
   * Makes a guest function that calls the host. Only before `capture`. One that takes no columns is given an empty one for each: copies of
   * 16 MB that nobody wants would be held until they are collected.
   */
  hostFunction(body: HostFunction, options?: { readonly takesColumns: boolean }): Handle;
  /** Makes what `reset` goes back to: memory as it is now, and room to grow into without asking for memory. Once. */
  capture(): void;
  /**
   * Replaces every byte that a guest can have written by that of the captured image. Possible at any time outside of guest code, after a
   * trap, too. Where the memory had grown it makes a fresh instance, which costs about a millisecond more.
   */
  reset(start: RunStart): void;
  /**
   * Keeps the memory as it is now, with a value in it, so that later runs can begin here. Undefined where a run that began anew could come to another point:
   * if the guest has called the host or looked at the clock since the reset, or the memory has grown, or more than `mostBytes` of it are not those of the image.
   */
  keepPoint(value: Handle, mostBytes: number): RunPoint | undefined;
  /** As a reset, to a point of a run and no byte of any other; returns the value that was kept with it. The fuel to that point counts as burned. */
  resetTo(point: RunPoint, start: RunStart): Handle;

  /** Runs a script in the global scope and returns its completion value. */
  evaluate(source: string, fileName: string): Handle;
  /**
   * Evaluates an ES module and returns the promise of its namespace object; `runJobs` settles it unless the module waits.
   * Imports are refused.
   */
  evaluateModule(source: string, fileName: string): Handle;
  /** Calls a function with `undefined` as `this`. */
  call(callee: Handle, ...args: readonly (PlainValue | Handle)[]): Handle;
  /** Reads a property; runs a getter. */
  property(object: Handle, name: string): Handle;
  isFunction(value: Handle): boolean;
  /** Copies a plain value out of the engine. Returns undefined for what is none: objects, functions, symbols, bigints. Runs no guest code. */
  read(value: Handle): PlainValue;
  /** State of a native promise; undefined for any other value, thenables too. Runs no guest code. */
  promiseState(value: Handle): PromiseState | undefined;
  /** Runs jobs (reactions of promises) until there is none. Returns how many. */
  runJobs(): number;

  /** Units left; below 0 once it has run out. */
  fuelLeft(): number;
  /** Takes units for work that the host does on the guest's behalf. Ends the run (`fuel`) when there are not enough; for host functions. */
  burn(units: number): void;
  memoryBytes(): number;
  /**
   * sha256 in hex of the whole linear memory, written as the lines of 64 bytes that differ from the captured image. Equal runs from equal bases have equal
   * hashes. Takes about as long as a run that does nothing: ask for it when somebody will compare it.
   */
  imageHash(): string;
}

export interface EngineOptions extends MemoryAccess {
  /** The metered module, and the sha256 of its bytes. */
  readonly module: WebAssembly.Module;
  readonly buildId: string;
  /** What the guest may allocate, in bytes. Default: 24 MB, below the maximum of the linear memory (32 MB). */
  readonly memoryLimitBytes?: number;
  /** Default: 128 kB. */
  readonly stackLimitBytes?: number;
}
