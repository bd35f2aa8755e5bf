import type { Frame } from "../child/frames.ts";

/** How a child ended. */
export interface ChildExit {
  /** What can be told of it: exit code or signal, and the last lines it wrote to its standard error. */
  readonly why: string;
}

/** A child process, as the supervisor sees it. */
export interface Child {
  readonly pid: number;
  /** The frame is the sender's again when this returns. */
  send(frame: Uint8Array): void;
  /** SIGKILL, by its process id. `onExit` follows. */
  kill(): void;
}

export interface ChildListener {
  onFrame(frame: Frame): void;
  /** The child sent something that is no frame, or too long a one. It gets no further hearing. */
  onBadFrame(why: string): void;
  /** Once, after the last frame. */
  onExit(exit: ChildExit): void;
}

/** Starts the child of that place, 0 and up. Failing to start is an exit, too. */
export type SpawnChild = (place: number, listener: ChildListener) => Child;

/** What the system says of a process. */
export interface ProcessReading {
  /** Used by all its threads since its start. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Undefined where the system does not tell, or there is no such process any more. */
export type ReadProcess = (pid: number) => ProcessReading | undefined;
