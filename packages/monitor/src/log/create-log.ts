import { type Clock, createSystemClock, type Log, type LogFields } from "@shoal/kernel";
import { type Logger, pino, destination as pinoDestination } from "pino";
import { type LogDestination, prettyDestination } from "./pretty.ts";
import { redactFields } from "./redact-fields.ts";
import { redactText } from "./redact-text.ts";

/** Least severe level that is written; `silent` writes nothing. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Only `level` is required. */
export interface LogOptions {
  readonly level: LogLevel;
  /** Named in every line. Default `shoal`. */
  readonly service?: string;
  /** Default: standard output, written synchronously, so that the last lines before an exit are not lost. */
  readonly destination?: LogDestination;
  /** Receives each line besides `destination`, always as JSON: after redaction, too. Default: none. */
  readonly tee?: LogDestination;
  /** Coloured lines for a terminal instead of JSON. Default false. */
  readonly pretty?: boolean;
  /** Of the time stamps. Default: the system's. */
  readonly clock?: Clock;
}

function wrap(logger: Logger): Log {
  const write = (level: "debug" | "info" | "warn" | "error") => (fields: LogFields, message: string) => {
    // Redaction costs more than the line itself: it is left out for lines that are not written.
    if (logger.isLevelEnabled(level)) logger[level](redactFields(fields), redactText(message));
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => wrap(logger.child(redactFields(fields))),
  };
}

/**
 * A log of JSON lines: `level` (its name), `time` (ISO, UTC), `service`, the fields, `msg`. Secret-looking fields and
 * values and message text are taken out at any depth; a call never throws because of its fields. A field named like
 * one of the log's own is written with a trailing underscore.
 */
export function createLog(options: LogOptions): Log {
  const { level, service = "shoal", pretty = false, clock = createSystemClock() } = options;
  const { tee } = options;
  const raw = options.destination ?? pinoDestination({ dest: 1, sync: true });
  const logger = pino(
    {
      level,
      base: { service },
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Errors arrive here as plain objects already; the standard serializer would rename them.
      serializers: { err: (value: unknown) => value },
    },
    {
      write(line: string) {
        (pretty ? prettyDestination(raw) : raw).write(line);
        tee?.write(line);
      },
    },
  );
  return wrap(logger);
}
