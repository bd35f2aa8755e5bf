import { invariant, toError } from "@shoal/kernel";
import { FrameAssembler } from "../child/frames.ts";
import type { Child, ChildListener, SpawnChild } from "../supervisor/child.types.ts";
import { CHILD_SOCKET } from "./child-pipes.ts";
import { type ChildSocket, openChildSocket } from "./child-socket.ts";
import type { EngineModule } from "./engine-module.ts";
import type { Jail } from "./jail.ts";
import { childOf } from "./process-readings.ts";

/** An answer with all it may contain is smaller; a child that sends more was taken over. */
const LARGEST_FRAME_BYTES = 1024 * 1024;
/** What is kept of what a child writes to its standard error. */
const LAST_WORDS_BYTES = 2000;
/** How long a child that has ended is still read. A process that it started and that got away would hold its end open for ever. */
const LAST_WORDS_MS = 1000;

/**
 * The whole environment of a child. JavaScriptCore sizes its heap by the memory of the machine, and would let a child gather 40 MB of waste in a
 * few thousand runs.
 */
const ENVIRONMENT = { BUN_JSC_forceRAMSize: "60000000" };

/**
 * What a child runs first: it reads the program from its socket and evaluates it. So the child opens no file, whoever may read them, and the
 * program that runs is the one of the parent, whatever happened to the files since.
 */
const BOOTSTRAP = `const{readSync}=require("fs"),take=n=>{const b=Buffer.alloc(n);for(let a=0;a<n;){const k=readSync(${CHILD_SOCKET},b,a,n-a,null);if(k===0)process.exit(0);a+=k}return b};(0,eval)(take(take(4).readUInt32LE(0)).toString())({},require,{})`;

export interface ChildProgram {
  /** Made by `bundleChild`; calls `serveChild`. */
  readonly script: string;
  readonly engine: EngineModule;
  /** JavaScript of the guest's side, for `serveChild` to load. */
  readonly glueSource: string;
  readonly jail: Pick<Jail, "command" | "isNested">;
}

/** Starts children of that program: nothing of our environment, no folder of ours, a socket to us and a pipe for last words. */
export function childSpawner({ script, engine, glueSource, jail }: ChildProgram): SpawnChild {
  const preamble = [Buffer.from(script), engine.bytes, Buffer.from(engine.buildId), Buffer.from(glueSource)].map(sized);
  return (place, listener) => {
    const command = jail.command(place, [process.execPath, "--smol", "-e", BOOTSTRAP]);
    try {
      return start(command, preamble, listener, jail.isNested);
    } catch (error) {
      queueMicrotask(() => listener.onExit({ why: `could not be started: ${toError(error).message}` }));
      return { pid: 0, send() {}, kill() {} };
    }
  };
}

function start(
  command: readonly string[],
  preamble: readonly Uint8Array[],
  listener: ChildListener,
  isNested: boolean,
): Child {
  const child = Bun.spawn([...command], {
    env: ENVIRONMENT,
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe", "socket-fd"],
    // In a process group of its own, so that what it may have started ends with it, and Ctrl-C on a terminal is the parent's to handle.
    detached: true,
  });
  const fd = child.stdio[CHILD_SOCKET];
  invariant(typeof fd === "number", "a child has a socket");
  const socket = openChildSocket(fd, hear(listener));
  for (const part of preamble) socket.send(part);
  void reportExit(child, socket, listener);
  const nestedPid = () => (isNested ? childOf(child.pid) : undefined);
  let pid: number | undefined;
  return {
    get pid() {
      // Known once the child has started.
      pid ??= nestedPid();
      return pid ?? child.pid;
    },
    send: socket.send,
    kill() {
      // Of its own, because it could have left the group. Asked anew: the number of one that has ended may be another's.
      const nested = nestedPid();
      if (nested !== undefined) kill(nested);
      child.kill("SIGKILL");
      kill(-child.pid);
    },
  };
}

type Spawned = Bun.Subprocess<"ignore", "ignore", "pipe">;

/** Reports the exit after the last frame. */
async function reportExit(child: Spawned, socket: ChildSocket, listener: ChildListener): Promise<void> {
  const errors = child.stderr.getReader();
  const heard = Promise.all([lastWords(piecesOf(errors)), socket.closed]);
  await child.exited;
  kill(-child.pid);
  const timer = setTimeout(() => {
    errors.cancel().catch(() => {});
    socket.close();
  }, LAST_WORDS_MS);
  const [words] = await heard;
  clearTimeout(timer);
  listener.onExit({ why: exitText(child, words) });
}

/** Kills a process, or the group of a negative one: what it may have started, too. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Nobody is left.
  }
}

interface PieceReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

async function* piecesOf(reader: PieceReader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return;
    yield value;
  }
}

/** Passes frames on until the child says what is no frame; what comes after that is dropped. */
function hear(listener: ChildListener): (bytes: Uint8Array) => void {
  const assembler = new FrameAssembler(LARGEST_FRAME_BYTES);
  let isHeard = true;
  return (bytes) => {
    if (!isHeard) return;
    try {
      for (const frame of assembler.add(bytes)) listener.onFrame(frame);
    } catch (error) {
      isHeard = false;
      listener.onBadFrame(toError(error).message);
    }
  };
}

async function lastWords(output: AsyncIterable<Uint8Array>): Promise<string> {
  let words = Buffer.alloc(0);
  for await (const piece of output) words = Buffer.concat([words, piece]).subarray(-LAST_WORDS_BYTES);
  return words.toString().trim();
}

/** What the tool that waits for a child says where that was killed: it wants to end by the same signal, and SIGKILL cannot be prepared. @source unshare 2.38 */
const WAS_KILLED = "unshare: sigprocmask unblock failed: Invalid argument";

function exitText({ exitCode, signalCode }: Bun.Subprocess, words: string): string {
  if (words.endsWith(WAS_KILLED)) return "SIGKILL";
  const how = signalCode === null ? `exit code ${exitCode}` : String(signalCode);
  // Of a report of the runtime's own crash one line tells, and the others describe this machine.
  const told = /^panic.*$/m.exec(words)?.[0] ?? words;
  return told === "" ? how : `${how}: ${told}`;
}

function sized(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}
