import { readOptions, UsageError } from "../usage-error.ts";

export const DEMO_HELP = `Usage: bun run demo [options]

Starts the daemon on the embedded backend and simulated people in a second process, each of them a real Supabase
client with the anon key, and shows them being paired and talking. Ctrl-C drains and ends it.

Options
  --people N    people to simulate, 1 to 500 (default 12)
  --for TIME    end by itself after this long, such as 30s, 5m or 1h (default: until Ctrl-C)
  --json        no live view; the last line of standard output is one JSON object with the outcome
  -h, --help    this text

Exit code 1 if nobody was matched or the drain was not clean.
`;

export interface DemoOptions {
  readonly people: number;
  /** Null: until Ctrl-C. */
  readonly durationMs: number | null;
  readonly isJson: boolean;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const MAX_PEOPLE = 500;
const HELP_COMMAND = "bun run demo --help";

/** Reads the demo's arguments; `help` when help was asked for. */
export function readDemoOptions(args: string[]): DemoOptions | "help" {
  const values = readOptions("demo", args, {
    people: { type: "string", default: "12" },
    for: { type: "string" },
    json: { type: "boolean", default: false },
  });
  if (values.help) return "help";
  const people = /^\d{1,3}$/.test(values.people) ? Number(values.people) : 0;
  if (people < 1 || people > MAX_PEOPLE) {
    throw new UsageError(
      `--people received "${values.people}", expected a whole number from 1 to ${MAX_PEOPLE}`,
      HELP_COMMAND,
    );
  }
  return { people, durationMs: values.for === undefined ? null : readDuration(values.for), isJson: values.json };
}

function readDuration(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  const durationMs = Number(digits) * (UNIT_MS[unit] ?? Number.NaN);
  if (durationMs > 0) return durationMs;
  throw new UsageError(`--for received "${text}", expected a time such as 30s, 5m or 1h`, HELP_COMMAND);
}
