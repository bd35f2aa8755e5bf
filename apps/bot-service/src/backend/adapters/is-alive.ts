/** Returns whether a process with this id runs and may be signalled by this one. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
