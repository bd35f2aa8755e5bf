import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { type LaunchPlan, launchPrefix } from "../launch-plan.ts";
import { type PostmasterFile, parsePostmasterFile } from "../postmaster-file.ts";
import { SERVER_ENVIRONMENT, spawnIdentity } from "./choose-launch-plan.ts";

/** A server with the small shell that watches over it. */
export interface ServerProcess {
  /** Settles when the server has ended, for whatever reason. */
  readonly exited: Promise<{ code: number | null }>;
  hasExited(): boolean;
  /** Asks for a shutdown (SIGINT, by way of the watching shell). Idempotent; wait for `exited`. */
  stop(): void;
}

/**
 * The shell's standard input is a pipe of which we alone hold the other end. When we end in whatever way, SIGKILL
 * included, the kernel closes the pipe, the read returns, and the server is shut down: no orphan.
 */
const WATCH_SCRIPT = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( read -r _ <&3; kill -INT "$server" ) 2>/dev/null &
watch=$!
wait "$server"
status=$?
kill "$watch" 2>/dev/null
exit "$status"
`;

/** Starts a server in a process group of its own, because Ctrl-C goes to the whole group and our drain still needs the database. */
export function spawnServer(plan: LaunchPlan, command: readonly string[], logFile: string): ServerProcess {
  const log = openSync(logFile, "a", 0o600);
  const [program = "sh", ...args] = [...launchPrefix(plan), "sh", "-c", WATCH_SCRIPT, "shoal-postgres", ...command];
  const child = spawn(program, args, {
    cwd: "/",
    env: SERVER_ENVIRONMENT,
    detached: true,
    stdio: ["pipe", log, log],
    ...spawnIdentity(plan),
  });
  closeSync(log);
  return watch(child);
}

function watch(child: ChildProcess): ServerProcess {
  let hasExited = false;
  const exited = new Promise<{ code: number | null }>((resolve) => {
    const settle = (code: number | null) => {
      hasExited = true;
      child.stdin?.destroy();
      resolve({ code });
    };
    child.once("exit", (code) => settle(code));
    child.once("error", () => settle(null));
  });
  return { exited, hasExited: () => hasExited, stop: () => void child.stdin?.destroy() };
}

/** Left out of the options' type, but heeded: a Ctrl-C while the program runs is for us, and must not spoil its work. */
const OWN_GROUP = { detached: true };

/** Runs a program to its end as the plan says. */
export function runToEnd(plan: LaunchPlan, command: readonly string[]): { ok: boolean; output: string } {
  const [program = "sh", ...args] = [...launchPrefix(plan), ...command];
  const result = spawnSync(program, args, {
    cwd: "/",
    env: SERVER_ENVIRONMENT,
    stdio: "pipe",
    encoding: "utf8",
    ...OWN_GROUP,
    ...spawnIdentity(plan),
  });
  return { ok: result.status === 0, output: `${result.stderr ?? ""}${result.error?.message ?? ""}`.trim() };
}

/** What the server says about itself; undefined when it has not come that far, or has gone. */
export function readPostmasterFile(dataDirectory: string): PostmasterFile | undefined {
  try {
    return parsePostmasterFile(readFileSync(`${dataDirectory}/postmaster.pid`, "utf8"));
  } catch {
    return undefined;
  }
}
