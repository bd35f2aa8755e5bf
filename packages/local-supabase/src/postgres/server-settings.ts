/**
 * Settings of the embedded server. Durability stays whole (fsync, synchronous_commit and full_page_writes keep their
 * defaults): an acknowledged write survives a crash.
 */
export const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  wal_level: "logical",
  max_wal_senders: "10",
  max_replication_slots: "20",
  // A slot whose reader is gone must not fill the disk.
  max_slot_wal_keep_size: "512MB",
  min_wal_size: "32MB",
  max_wal_size: "256MB",
  shared_buffers: "64MB",
  max_connections: "200",
  timezone: "UTC",
  log_timezone: "UTC",
  jit: "off",
  // The log may name tables and constraints but never carry a row: no statement text, no DETAIL with values.
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
};

/** As command-line flags, later settings winning. */
export function settingFlags(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
