import { printableJson } from "@shoal/kernel";

/** Where lines go, each ending in a newline. */
export interface LogDestination {
  write(line: string): unknown;
}

const COLOURS: Readonly<Record<string, string>> = { debug: "2", info: "36", warn: "33", error: "31" };

const paint = (colour: string, text: string) => `\u001b[${colour}m${text}\u001b[0m`;

/** A plain word as it is, all else as JSON. */
function shown(value: unknown): string {
  return typeof value === "string" && /^[\w./:@+-]+$/.test(value) ? value : printableJson(value);
}

/** One JSON line as a line for people: time of day, level, message, then the fields as `name=value`. */
export function prettyLine(line: string): string {
  const { level, time, msg, service: _service, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const label = String(level);
  const clockTime = String(time).slice(11, 23);
  const pairs = Object.entries(fields).map(([name, value]) => `${paint("2", `${shown(name)}=`)}${shown(value)}`);
  const head = `${paint("2", clockTime)} ${paint(COLOURS[label] ?? "0", label.toUpperCase().padEnd(5))}`;
  return `${[head, shown(msg).replace(/^"|"$/g, ""), ...pairs].join(" ")}\n`;
}

/** Writes lines for people to `destination`, instead of JSON. */
export function prettyDestination(destination: LogDestination): LogDestination {
  return { write: (line) => destination.write(prettyLine(line)) };
}
