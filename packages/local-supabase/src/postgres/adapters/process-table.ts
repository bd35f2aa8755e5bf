import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Whether a process with that id exists, including one of another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

/** Sends a signal. Does nothing when the process is already gone. */
export function signalProcess(pid: number, signal: "SIGINT" | "SIGQUIT" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH")) throw thrown;
  }
}

/** Returns the arguments a process was started with; empty when it is gone, a zombie, or hidden from this user. */
export function commandLine(pid: number): string[] {
  try {
    // Every user can read this, unlike /proc/<pid>/cwd.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  } catch {
    const listed = spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
    return listed.status === 0 ? listed.stdout.trim().split(/\s+/).filter(Boolean) : [];
  }
}
