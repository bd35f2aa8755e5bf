import type { FromChild, ToChild } from "./child-protocol.ts";
import type { Frame } from "./frames.ts";

/** The child's end of the socket. The child waits for one thing at a time, so reading and writing block. */
export interface ChildPipes {
  /** Reads what comes between runs; its columns are good until the next run is read. Undefined once the parent has closed its end. */
  readRun(): Frame | undefined;
  /** Reads what comes during a run. */
  readAnswers(): Frame | undefined;
  write(message: FromChild): void;
}

/** What a run may ask of the world. */
export interface RunPorts {
  /**
   * Sends calls to the parent and waits until it has answers, to these or to earlier ones; "stop" when there will be none, because the run's time is
   * over.
   */
  exchange(calls: readonly unknown[]): readonly unknown[] | "stop";
}

/** Does one run; never throws for what the strategy did. What it throws is our bug, and ends the child. `source`: present where it is not in the request. */
export type RunOne = (request: unknown, columns: readonly Float64Array[], ports: RunPorts, source?: string) => unknown;

/** What the loop needs of its process. */
export interface ChildProcess {
  /** Processor time used so far. */
  cpuMs(): number;
  /** Called after each run, when nobody waits. */
  tidyUp(): void;
}

/** Does one run after the other until the parent closes its end. */
export function runChild(pipes: ChildPipes, runOne: RunOne, { cpuMs, tidyUp }: ChildProcess): void {
  const ports: RunPorts = {
    exchange(calls) {
      pipes.write({ kind: "calls", calls });
      const message = messageOf(pipes.readAnswers());
      if (message?.kind === "answers") return message.answers;
      if (message === undefined || message.kind === "stop") return "stop";
      throw new Error("a run came before the last one was done");
    },
  };
  const sources = new Map<number, string>();
  const candles = new Map<number, readonly Float64Array[]>();
  pipes.write({ kind: "ready" });
  for (;;) {
    const frame = pipes.readRun();
    if (frame === undefined) return;
    const message = messageOf(frame);
    if (message?.kind === "keep") {
      for (const number of message.forgotten) if (!sources.delete(number)) candles.delete(number);
      if (message.source !== undefined) sources.set(message.number, message.source);
      // The memory of the frame's columns is the next one's.
      else
        candles.set(
          message.number,
          frame.columns.map((column) => column.slice()),
        );
    }
    // A stop or answers that crossed with the end of their run.
    if (message?.kind !== "run") continue;
    const cpuAtStartMs = cpuMs();
    const columns = frame.candles === 0 ? frame.columns : kept(candles, frame.candles);
    const source = frame.source === 0 ? undefined : kept(sources, frame.source);
    const outcome = runOne(message.request, columns, ports, source);
    pipes.write({ kind: "done", outcome, cpuMs: cpuMs() - cpuAtStartMs });
    tidyUp();
  }
}

function kept<Part>(parts: ReadonlyMap<number, Part>, number: number): Part {
  const part = parts.get(number);
  if (part === undefined) throw new Error("a run came whose source or candles were not sent");
  return part;
}

/** The parent is trusted: its messages are what it says they are. */
function messageOf(frame: Frame | undefined): ToChild | undefined {
  return frame?.message as ToChild | undefined;
}
