import { join } from "node:path";
import { createSystemRuntime, sleep } from "@shoal/kernel";
import type { LocalSupabase } from "@shoal/local-supabase";
import type { Delay } from "./delay.ts";
import { isGreen } from "./health.ts";

const MAIN = join(import.meta.dirname, "../../apps/bot-service/src/main.ts");
const PROBE = join(import.meta.dirname, "delay-probe.ts");
const { clock } = createSystemRuntime();

/** Below the ports that the system hands out itself. */
const PORTS = { first: 20_000, count: 12_000 } as const;

/** A daemon in a process of its own, beside the backend: what is measured is its event loop and no other. */
export interface Daemon {
  readonly pid: number;
  readonly port: number;
  /** Since the last call. */
  delay(): Promise<Delay>;
  /** Broadcasts and presence entries that have reached it, read or dropped: an attack that does not arrive costs nothing. */
  heardCount(): Promise<number>;
  /** Largest resident memory since the last call, in bytes; null where the system does not tell. */
  peakBytes(): Promise<number | null>;
  stop(): Promise<void>;
}

/** A process that only receives what the daemon receives in the lobby: its delay is what no daemon can go below. */
export async function startFloor(backend: LocalSupabase, sockets: number): Promise<Pick<Daemon, "delay" | "stop">> {
  const answers: ((delay: Delay) => void)[] = [];
  const joined = Promise.withResolvers<void>();
  const program = join(import.meta.dirname, "floor.ts");
  const child = Bun.spawn([process.execPath, "--preload", PROBE, program, backend.url, backend.anonKey, `${sockets}`], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    ipc: (answer: Delay | "joined") => (answer === "joined" ? joined.resolve() : answers.shift()?.(answer)),
  });
  await joined.promise;
  return {
    delay() {
      const { promise, resolve } = Promise.withResolvers<Delay>();
      answers.push(resolve);
      child.send(null);
      return promise;
    },
    async stop() {
      child.kill();
      await child.exited;
    },
  };
}

export async function startDaemon(backend: LocalSupabase, directory: string, bots: number): Promise<Daemon> {
  const port = PORTS.first + (process.pid % PORTS.count);
  const answers: ((delay: Delay) => void)[] = [];
  const child = Bun.spawn([process.execPath, "--preload", PROBE, MAIN, "start"], {
    env: {
      SUPABASE_URL: backend.url,
      SUPABASE_SERVICE_ROLE_KEY: backend.serviceRoleKey,
      DATABASE_URL: backend.databaseUrl,
      SHOAL_API_TOKEN: "0123456789abcdef",
      SHOAL_DIRECTORY: join(directory, "daemon"),
      // The strangers of this benchmark have no more than the public key.
      CHANNEL_ACCESS: "public",
      // That of the backend, which has none: a stranger who uses the project's events up is no question of what reading costs.
      POOL_EVENTS_PER_SECOND: "1000000",
      BOT_MIN_COUNT: String(bots),
      BOT_MAX_COUNT: String(bots),
      START_MODE: "quota",
      MATCH_BOT_AFTER_MS: "500",
      CONVERSATION_MAX_MESSAGES: "1000",
      FLEET_CONFIG: join(import.meta.dirname, "fleet.config.ts"),
      HTTP_PORT: String(port),
      LOG_LEVEL: "error",
    },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    ipc: (delay: Delay) => answers.shift()?.(delay),
  });
  const daemon: Daemon = {
    pid: child.pid,
    port,
    delay() {
      const { promise, resolve } = Promise.withResolvers<Delay>();
      answers.push(resolve);
      child.send(null);
      return promise;
    },
    async heardCount() {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const counts = text.matchAll(/^shoal_(?:broadcasts_received|broadcasts_dropped|presence_dropped)_total (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    async peakBytes() {
      const status = await Bun.file(`/proc/${child.pid}/status`)
        .text()
        .catch(() => "");
      // 5 sets the peak back to what is resident now. @source proc_pid_clear_refs(5)
      await Bun.write(`/proc/${child.pid}/clear_refs`, "5").catch(() => {});
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
      return kilobytes === undefined ? null : Number(kilobytes) * 1024;
    },
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
  while (!(await isGreen(port))) {
    if (child.exitCode !== null) throw new Error(`the daemon ended with exit code ${child.exitCode}`);
    await sleep(clock, 200);
  }
  return daemon;
}
