import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { FleetError } from "@shoal/kernel";
import { z } from "zod";
import { parseJson } from "../../realtime/frames.ts";
import type { LimitsOption } from "../../realtime/limits.ts";
import type { FaultKind, Lift, RealtimeFaults, RealtimeStats } from "../../realtime/types.ts";
import { answer, type Command, type Greeting, greeting, type ServeOptions } from "../messages.ts";

const SCRIPT = fileURLToPath(new URL("../../serve.ts", import.meta.url));

/** Options of a server in a child process. */
export interface SpawnOptions extends ServeOptions {
  /** Path of the Bun that runs the server. Default: the Bun of this process, or `bun` from the PATH on Node. */
  readonly bunPath?: string;
}

/** Ends a fault in the other process. Idempotent. */
export type SpawnedLift = () => Promise<void>;

type Spawned<Result> = Promise<Result extends Lift ? SpawnedLift : Result>;

/** `RealtimeFaults`, each with a promise that resolves once the child has done it. */
export type SpawnedFaults = {
  readonly [Kind in FaultKind]: (
    ...args: Parameters<RealtimeFaults[Kind]>
  ) => Spawned<Awaited<ReturnType<RealtimeFaults[Kind]>>>;
};

/** A Realtime server in a process of its own. */
export interface SpawnedRealtimeServer {
  readonly url: string;
  readonly anonKey: string;
  /** A secret. */
  readonly serviceRoleKey: string;
  readonly pid: number;
  readonly faults: SpawnedFaults;
  /** Replaces the limits, as `setLimits` of the server itself does. Errors: `LOCAL_REALTIME_LIMITS`. */
  setLimits(option: LimitsOption): Promise<void>;
  stats(): Promise<RealtimeStats>;
  /** Ends the server and its process. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a Realtime server without a database in a child process, which ends with this process. Runs on Bun and on Node
 * 22; the child is always Bun.
 *
 * Errors, none of them retryable: `LOCAL_SPAWN_FAILED` when that Bun cannot be started; the server's own
 * (`LOCAL_REALTIME_PORT`, `LOCAL_REALTIME_LIMITS`); `LOCAL_SERVE_COMMAND` for an option or argument out of range;
 * `LOCAL_SPAWN_ENDED` (`details.exitCode`, `details.signal`) from every call after the child has ended.
 */
export async function spawnRealtimeServer(options: SpawnOptions = {}): Promise<SpawnedRealtimeServer> {
  const { bunPath = process.versions["bun"] ? process.execPath : "bun", ...serveOptions } = options;
  const { child, hello } = await ChildServer.start(bunPath, serveOptions);
  return {
    ...hello,
    faults: spawnedFaults(child),
    setLimits: async (limits) => void (await child.ask({ limits })),
    stats: async () => (await child.ask({ stats: true })) as RealtimeStats,
    close: () => child.close(),
  };
}

const lasting = z.object({ lift: z.int() });

function spawnedFaults(child: ChildServer): SpawnedFaults {
  const happen = async (fault: FaultKind, ...args: unknown[]) => void (await child.ask({ fault, args }));
  const count = async (fault: FaultKind, ...args: unknown[]) => z.int().parse(await child.ask({ fault, args }));
  const start = async (fault: FaultKind, ...args: unknown[]): Promise<SpawnedLift> => {
    const { lift } = lasting.parse(await child.ask({ fault, args }));
    return async () => void (await child.ask({ lift }));
  };
  return {
    dropSockets: (...codes) => count("dropSockets", ...codes),
    restart: (how) => happen("restart", how),
    requestDisconnect: () => happen("requestDisconnect"),
    refuseUpgrades: (how) => start("refuseUpgrades", how),
    refuseJoins: ({ topic, ...how }) =>
      start("refuseJoins", { ...how, topic: topic && { source: topic.source, flags: topic.flags } }),
    halfOpen: () => start("halfOpen"),
    delay: (ms) => start("delay", ms),
    crashChannel: (topic) => count("crashChannel", topic),
    closeChannel: (topic, message) => count("closeChannel", topic, message),
    losePresence: () => count("losePresence"),
    muteChanges: () => start("muteChanges"),
    delayChanges: (...ranges) => start("delayChanges", ...ranges),
    silenceChanges: () => count("silenceChanges"),
    exceedEvents: () => start("exceedEvents"),
    exceedJoins: () => start("exceedJoins"),
  };
}

/** Removes the id from each member of a union: `Omit` alone would keep only the fields they share. */
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
type Asked = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };

/** The process that runs `serve.ts`. */
class ChildServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #asked = new Map<number, Asked>();
  readonly ended: Promise<void>;
  #lastId = 0;
  #end: FleetError | undefined;

  private constructor(bunPath: string, options: ServeOptions) {
    this.#child = spawn(bunPath, [SCRIPT, JSON.stringify(options)], { stdio: ["pipe", "pipe", "inherit"] });
    // Writing to a process that has ended fails here. Its `close` event rejects what was asked.
    this.#child.stdin.on("error", () => {});
    this.ended = new Promise((resolve) => {
      const end = (error: FleetError) => {
        this.#end ??= error;
        for (const { reject } of this.#asked.values()) reject(this.#end);
        this.#asked.clear();
        resolve();
      };
      this.#child.once("error", (cause) => end(notStarted(bunPath, cause)));
      this.#child.once("close", (exitCode, signal) => end(isGone(exitCode, signal)));
    });
  }

  /** Rejects with the error the child reports, or with `LOCAL_SPAWN_FAILED` or `LOCAL_SPAWN_ENDED` when it reports none. */
  static async start(
    bunPath: string,
    options: ServeOptions,
  ): Promise<{ child: ChildServer; hello: Exclude<Greeting, { error: unknown }> }> {
    const child = new ChildServer(bunPath, options);
    const hello = await child.#greeted(bunPath);
    if (!("error" in hello)) return { child, hello };
    await child.ended;
    throw new FleetError(hello.error.code, hello.error.message);
  }

  async ask(command: WithoutId<Command>): Promise<unknown> {
    if (this.#end) throw this.#end;
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }

  /** Ends the child by ending its input. Idempotent. */
  close(): Promise<void> {
    this.#child.stdin.end();
    return this.ended;
  }

  async #greeted(bunPath: string): Promise<Greeting> {
    const lines = createInterface({ input: this.#child.stdout });
    const first = await Promise.race([once(lines, "line"), this.ended]);
    if (!first) throw this.#end;
    // No line can be lost here: the next one is an answer, and nothing has been asked yet.
    lines.on("line", (line) => this.#hear(line));
    const hello = greeting.safeParse(parseJson(String(first[0])));
    if (hello.success) return hello.data;
    // A program that is not our server does not end with its input.
    this.#child.kill("SIGKILL");
    await this.ended;
    throw notStarted(bunPath, hello.error);
  }

  #hear(line: string): void {
    const heard = answer.parse(parseJson(line));
    const asked = heard.id === null ? undefined : this.#asked.get(heard.id);
    if (!asked || heard.id === null) return;
    this.#asked.delete(heard.id);
    if (heard.ok) asked.resolve(heard.result);
    else asked.reject(new FleetError(heard.error.code, heard.error.message));
  }
}

function notStarted(bunPath: string, cause: Error): FleetError {
  const message = `${bunPath} could not be started as the server; pass the path of a Bun as bunPath`;
  return new FleetError("LOCAL_SPAWN_FAILED", message, { details: { bunPath }, cause });
}

function isGone(exitCode: number | null, signal: string | null): FleetError {
  const how = signal ? `by ${signal}` : `with exit code ${exitCode}`;
  return new FleetError("LOCAL_SPAWN_ENDED", `the server's process ended ${how}`, { details: { exitCode, signal } });
}
