import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { type LaunchPlan, launchPrefix, SERVER_ENVIRONMENT, spawnIdentity } from "../launch-plan.ts";

/** A server with the small shell that watches over it. */
export interface ServerProcess {
  /** Settles when the server has ended, for any reason. */
  readonly exited: Promise<{ code: number | null }>;
  hasExited(): boolean;
  /** Asks for a shutdown (SIGINT, sent by the watching shell). Idempotent; wait for `exited`. */
  stop(): void;
}

/**
 * Reads a pipe of which this process alone holds the other end. However this process ends, SIGKILL included, the kernel
 * closes the pipe, the read returns, and the shell shuts the server down: no orphan.
 *
 * SIGINT is repeated, because a shell starts background programs with SIGINT ignored: one that comes before the server
 * has installed its handler is lost. A server that still runs after a minute gets SIGQUIT, and SIGKILL 20 s later.
 */
const WATCH_SCRIPT = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(
  read -r _ <&3
  signal=INT
  tries=0
  while kill -s "$signal" "$server"; do
    sleep 0.1
    tries=$((tries + 1))
    if [ "$tries" -ge 600 ]; then signal=QUIT; fi
    if [ "$tries" -ge 800 ]; then signal=KILL; fi
  done
) 2>/dev/null &
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

/** Missing from the options' type, but honoured: a Ctrl-C while the program runs is for us, and must not spoil its work. */
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

/** What a running postmaster writes about itself into `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  /** Whether it accepts connections. */
  readonly isReady: boolean;
}

/** Reads what the server says about itself; undefined before it has written its first line and after it has gone. */
export function readPostmasterFile(dataDirectory: string): PostmasterFile | undefined {
  try {
    return parsePostmasterFile(readFileSync(`${dataDirectory}/postmaster.pid`, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Parses `postmaster.pid`; undefined while it lacks its first line, because the server writes it in steps.
 * @source https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/utils/pidfile.h
 */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split("\n");
  const pid = Number.parseInt(lines[0] ?? "", 10);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const port = Number.parseInt(lines[3] ?? "", 10);
  return {
    pid,
    port: Number.isInteger(port) ? port : undefined,
    isReady: lines[7]?.trim() === "ready",
  };
}
