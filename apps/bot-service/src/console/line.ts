import type { ConsoleLine } from "../http/console-stream-bodies.ts";

/** Bounds the JSON of one line. */
const LINE_MAX_BYTES = 2048;
const LONGEST_MESSAGE = 512;
const LEVELS = ["debug", "info", "warn", "error"] as const;

const isLevel = (level: unknown): level is ConsoleLine["level"] => LEVELS.some((known) => known === level);

/** Reads a line of the log, as `createLog` writes it, and leaves out the last of its fields until it is short enough. */
export function boundedLine(json: string): Omit<ConsoleLine, "id"> {
  const { level, time, msg, service: _service, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const message = String(msg);
  const line = { at: String(time), level: isLevel(level) ? level : ("info" as const) };
  const whole = { ...line, msg: message, fields };
  if (Buffer.byteLength(JSON.stringify(whole)) <= LINE_MAX_BYTES) return whole;
  const kept: [string, unknown][] = [];
  let byteCount = 0;
  for (const field of Object.entries(fields)) {
    byteCount += Buffer.byteLength(JSON.stringify(field));
    if (byteCount > LINE_MAX_BYTES - 3 * LONGEST_MESSAGE) break;
    kept.push(field);
  }
  return { ...line, msg: shortText(message), fields: Object.fromEntries(kept), is_cut: true };
}

/** Half of a surrogate pair would be written as an escape of six characters. */
const shortText = (text: string) => text.slice(0, LONGEST_MESSAGE).toWellFormed();
