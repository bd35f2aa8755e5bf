import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { FleetError } from "@shoal/kernel";
import { answer, type Command, type Greeting, greeting, parseJson, type ServeOptions } from "../messages.ts";

const SCRIPT = fileURLToPath(new URL("../../serve.ts", import.meta.url));

/** Each member of the union without its id: `Omit` alone would keep only what all of them have. */
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
type Asked = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };

/** The process of `serve.ts`: started, greeted, asked, ended. */
export class ChildServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #asked = new Map<number, Asked>();
  readonly ended: Promise<void>;
  #lastId = 0;
  #end: FleetError | undefined;

  private constructor(bunPath: string, options: ServeOptions) {
    this.#child = spawn(bunPath, [SCRIPT, JSON.stringify(options)], { stdio: ["pipe", "pipe", "inherit"] });
    // Writing to a process that is gone fails here; whoever asked hears it by its end.
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

  /** Rejects with what the child said, or with `LOCAL_SPAWN_FAILED` or `LOCAL_SPAWN_ENDED` when it said nothing. */
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

  /** Idempotent. */
  close(): Promise<void> {
    this.#child.stdin.end();
    return this.ended;
  }

  async #greeted(bunPath: string): Promise<Greeting> {
    const lines = createInterface({ input: this.#child.stdout });
    const first = await Promise.race([once(lines, "line"), this.ended]);
    if (!first) throw this.#end;
    // The next line is an answer, and nothing was asked yet.
    lines.on("line", (line) => this.#hear(line));
    const hello = greeting.safeParse(parseJson(String(first[0])));
    if (hello.success) return hello.data;
    // Whatever that is, it does not end when asked to.
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
  const message = `${bunPath} could not be started; name a Bun that can by bunPath`;
  return new FleetError("LOCAL_SPAWN_FAILED", message, { details: { bunPath }, cause });
}

function isGone(exitCode: number | null, signal: string | null): FleetError {
  const how = signal ? `by ${signal}` : `with exit code ${exitCode}`;
  return new FleetError("LOCAL_SPAWN_ENDED", `the server's process ended ${how}`, { details: { exitCode, signal } });
}
