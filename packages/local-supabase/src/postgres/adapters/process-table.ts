import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Whether a process of that id exists, also one of another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function signalProcess(pid: number, signal: "SIGINT" | "SIGQUIT" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH")) throw thrown;
  }
}

/** The arguments a process was started with; empty when it is gone, a zombie, or hidden from us. */
export function commandLine(pid: number): string[] {
  try {
    // Readable by everybody, unlike /proc/<pid>/cwd.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  } catch {
    const listed = spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
    return listed.status === 0 ? listed.stdout.trim().split(/\s+/).filter(Boolean) : [];
  }
}
