/** What a running postmaster writes about itself into `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  /** Accepts connections. */
  readonly isReady: boolean;
}

/**
 * Reads `postmaster.pid`; undefined while it is missing its first line (the server writes it in steps).
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
