const FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

/** Finds the program of Debian's package `pgbouncer`, or undefined. */
export function findPgbouncer(): string | undefined {
  const path = [process.env["PATH"], ...FOLDERS].join(":");
  return Bun.which("pgbouncer", { PATH: path }) ?? undefined;
}
