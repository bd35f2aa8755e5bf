/** Ids, counts and codes that belong to a log line. Never message text, never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The part of pino that the code may use: a static message, and all variable values in `fields`. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** Returns a log that adds `fields` to every line. */
  child(fields: LogFields): Log;
}

/** Drops every line. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
