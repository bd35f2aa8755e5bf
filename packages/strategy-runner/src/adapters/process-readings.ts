import { existsSync, readFileSync } from "node:fs";
import type { ReadProcess } from "../supervisor/child.types.ts";

/** Linux counts processor time for user space in hundredths of a second on every architecture. @source man 5 proc, man 3 sysconf */
const MS_PER_TICK = 10;
const BYTES_PER_KB = 1024;

/** Reads processor time and resident memory from /proc. */
export const readProcess: ReadProcess = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses, and may contain spaces and parentheses of its own.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
    const residentKb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    if (residentKb === undefined) return undefined;
    return { cpuMs: (userTicks + systemTicks) * MS_PER_TICK, residentBytes: Number(residentKb) * BYTES_PER_KB };
  } catch {
    // The process has ended, or the system has no /proc.
    return undefined;
  }
};

/** Returns the process that a process has started, of which it has one; undefined where the system does not tell. @source man 5 proc */
export function childOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(childrenFile(pid), "utf8").split(" ")[0]) || undefined;
  } catch {
    // The process has ended, or the kernel was built without this file.
    return undefined;
  }
}

/** Returns whether this system tells what processes have started. */
export function tellsChildren(): boolean {
  return existsSync(childrenFile(process.pid));
}

/** Of its first thread, which is all that the tools of the jail have. */
const childrenFile = (pid: number) => `/proc/${pid}/task/${pid}/children`;
