import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemClock, sleep } from "@shoal/kernel";
import { freePort } from "@shoal/local-supabase/postgres";
import { TETHER } from "@shoal/testkit";
import { type Links, openLinks } from "./links.ts";
import type { Link, ReplicaName } from "./scenario.ts";

const SKEWED_CLOCK = join(import.meta.dirname, "skewed-clock.ts");
/** Time in which a daemon that can be reached answers. */
const ANSWER_MS = 1500;
const LOOK_MS = 50;
/** Time in which a daemon starts or ends, with others beside it on two cores. */
const PATIENCE_MS = 90_000;
const clock = createSystemClock();

export const API_TOKEN = "0123456789abcdef";

export interface ReplicaOptions {
  readonly name: ReplicaName;
  /** Root of the checkout that it runs. */
  readonly tree: string;
  /** Holds its log and its directory. */
  readonly directory: string;
  readonly realtimeUrl: string;
  readonly serviceRoleKey: string;
  readonly databaseUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clockOffMs: number;
  /** Links that will be cut. */
  readonly cuts: readonly Link[];
}

/** What a daemon says of itself. */
export interface ReplicaFigures {
  /** Bots that live in it, those deployed included. */
  readonly bots: number;
  readonly target: number;
  readonly people: number;
  readonly joins: number;
}

/** A daemon in a process of its own, as an operator runs it. */
export class Replica {
  readonly name: ReplicaName;
  readonly url: string;
  readonly logFile: string;
  readonly isPrevious: boolean;
  readonly #child: Bun.Subprocess;
  readonly #links: Links;
  #id: string | undefined;
  #isFrozen = false;
  #isLost = false;
  #isDraining = false;

  private constructor(options: ReplicaOptions, port: number, child: Bun.Subprocess, links: Links) {
    this.name = options.name;
    this.url = `http://${links.reachedAt}:${port}`;
    this.logFile = logFileOf(options);
    this.isPrevious = options.tree !== ROOT;
    this.#child = child;
    this.#links = links;
  }

  static async start(options: ReplicaOptions): Promise<Replica> {
    const { directory, name, tree, realtimeUrl, databaseUrl, clockOffMs, cuts } = options;
    const links = await openLinks({ postgres: databaseUrl, realtime: realtimeUrl }, cuts);
    const port = await freePort();
    const database = new URL(links.urls.postgres);
    database.searchParams.set("application_name", name);
    mkdirSync(join(directory, name), { recursive: true });
    const log = openSync(logFileOf(options), "a");
    const preloads = [TETHER, ...(clockOffMs === 0 ? [] : [SKEWED_CLOCK])].flatMap((file) => ["--preload", file]);
    const program = join(tree, "apps/bot-service/src/main.ts");
    const child = Bun.spawn([...links.prefix, process.execPath, ...preloads, program, "start"], {
      env: {
        PATH: process.env["PATH"],
        SUPABASE_URL: links.urls.realtime,
        SUPABASE_SERVICE_ROLE_KEY: options.serviceRoleKey,
        DATABASE_URL: database.toString(),
        SHOAL_API_TOKEN: API_TOKEN,
        SHOAL_DIRECTORY: join(directory, name),
        // The people of the scenarios do not sign in.
        CHANNEL_ACCESS: "public",
        // A project is on the smallest plan otherwise, whose presence events do not suffice for an entry of each bot.
        SUPABASE_PLAN: "self-hosted",
        START_MODE: "quota",
        HTTP_HOST: links.listensAt,
        HTTP_PORT: String(port),
        LOG_FORMAT: "json",
        ...(clockOffMs === 0 ? {} : { BENCH_CLOCK_OFF_MS: String(clockOffMs) }),
        ...options.environment,
      },
      stdin: "ignore",
      stdout: log,
      stderr: log,
      ipc() {},
    });
    return new Replica(options, port, child, links);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The id under which its rows stand; undefined until it has said so. */
  get id(): string | undefined {
    this.#id ??= /"replica_id":"([0-9a-f-]{36})"/.exec(readFileSync(this.logFile, "utf8"))?.[1];
    return this.#id;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Whether it is one of those that are to run bots. */
  get isServing(): boolean {
    return !this.hasEnded && !this.#isFrozen && !this.#isDraining && !this.#isLost;
  }

  async ready(): Promise<void> {
    const untilMs = clock.monotonicMs() + PATIENCE_MS;
    while (!(await this.isReady())) {
      if (this.hasEnded) throw new Error(`replica ${this.name} has ended before it was ready: ${this.logFile}`);
      if (clock.monotonicMs() > untilMs) throw new Error(`replica ${this.name} does not get ready: ${this.logFile}`);
      await sleep(clock, LOOK_MS);
    }
  }

  async isReady(): Promise<boolean> {
    const body = await this.#health();
    // An older version says that it is ready before it has looked.
    return body?.status === "ready" && body.phase === "open";
  }

  /** Undefined: it does not answer. */
  async figures(): Promise<ReplicaFigures | undefined> {
    if (!this.isServing) return undefined;
    const body = await this.#health();
    if (!body) return undefined;
    const { bots, people, joins } = body.fleet;
    return {
      bots: bots.starting + bots.idle + bots.talking,
      target: bots.target,
      people: people.present,
      joins: joins.total,
    };
  }

  async #health(): Promise<HealthBody | undefined> {
    const headers = { authorization: `Bearer ${API_TOKEN}` };
    const asked = fetch(`${this.url}/api/health`, { headers, signal: AbortSignal.timeout(ANSWER_MS) });
    return asked.then((answer) => answer.json() as Promise<HealthBody>).catch(() => undefined);
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  /** @returns its exit code */
  async drain(): Promise<number> {
    this.#isDraining = true;
    this.#child.kill("SIGTERM");
    return this.#child.exited;
  }

  freeze(): void {
    this.#isFrozen = true;
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#child.kill("SIGCONT");
  }

  cut(link: Link): void {
    // Without Realtime it still takes its part, by its row.
    if (link === "postgres") this.#isLost = true;
    this.#links.cut(link);
  }

  async mend(link: Link): Promise<void> {
    if (link === "postgres") this.#isLost = false;
    await this.#links.mend(link);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#links[Symbol.asyncDispose]();
  }
}

export const ROOT = join(import.meta.dirname, "../..");

const logFileOf = ({ directory, name }: Pick<ReplicaOptions, "directory" | "name">) => join(directory, `${name}.log`);

interface HealthBody {
  readonly status: string;
  readonly phase: string;
  readonly fleet: {
    readonly bots: {
      readonly target: number;
      readonly starting: number;
      readonly idle: number;
      readonly talking: number;
    };
    readonly people: { readonly present: number };
    readonly joins: { readonly total: number };
  };
}
