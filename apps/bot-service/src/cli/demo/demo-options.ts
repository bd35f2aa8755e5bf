import { readOptions, UsageError } from "../usage-error.ts";

export const DEMO_HELP = `Usage: bun run demo [options]

Starts the daemon on the embedded backend and simulated people in a second process, each of them a real Supabase
client with the anon key, and shows them being paired and talking. Ctrl-C drains and ends it.

Options
  --people N    people to simulate, 1 to 500 (default 12)
  --for TIME    end by itself after this long, such as 30s, 5m or 1h (default: until Ctrl-C)
  --chaos       break the embedded Realtime server meanwhile, in every way there is, one fault after the other, for
                two minutes or as long as --for says; then everybody is to be served once more. Bots are six or more
                and step in after half a second, so that they meet the faults as well
  --seed N      order and length of the faults, 0 to 999999 (default: by chance; it is printed)
  --json        no live view; the last line of standard output is one JSON object with the outcome
  -h, --help    this text

Exit code 1 if nobody was matched or the drain was not clean; with --chaos also if somebody was not served, a join was
refused because of us, or a channel stayed dead.
`;

export interface DemoOptions {
  readonly people: number;
  /** Null: until Ctrl-C. */
  readonly durationMs: number | null;
  readonly isJson: boolean;
  /** Null: no faults. `seed` null: by chance. */
  readonly chaos: { readonly seed: number | null } | null;
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
    chaos: { type: "boolean", default: false },
    seed: { type: "string" },
  });
  if (values.help) return "help";
  const people = /^\d{1,3}$/.test(values.people) ? Number(values.people) : 0;
  if (people < 1 || people > MAX_PEOPLE) {
    throw new UsageError(
      `--people received "${values.people}", expected a whole number from 1 to ${MAX_PEOPLE}`,
      HELP_COMMAND,
    );
  }
  return {
    people,
    durationMs: values.for === undefined ? null : readDuration(values.for),
    isJson: values.json,
    chaos: readChaos(values.chaos, values.seed),
  };
}

function readChaos(isWanted: boolean, seed: string | undefined): DemoOptions["chaos"] {
  if (seed === undefined) return isWanted ? { seed: null } : null;
  if (!isWanted) throw new UsageError("--seed is for --chaos", HELP_COMMAND);
  if (/^\d{1,6}$/.test(seed)) return { seed: Number(seed) };
  throw new UsageError(`--seed received "${seed}", expected a whole number from 0 to 999999`, HELP_COMMAND);
}

function readDuration(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  const durationMs = Number(digits) * (UNIT_MS[unit] ?? Number.NaN);
  if (durationMs > 0) return durationMs;
  throw new UsageError(`--for received "${text}", expected a time such as 30s, 5m or 1h`, HELP_COMMAND);
}
