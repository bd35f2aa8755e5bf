import { type Command, createCommand, duration, wholeNumber } from "@shoal/command-line";

const DESCRIPTION = `Starts the daemon on the embedded backend and simulated people in a second process, each of them a real Supabase
client with the anon key, and shows them being paired and talking. Ctrl-C drains and ends it.`;

const CHAOS =
  `break the embedded Realtime server meanwhile, in every way there is, one fault after the other, for two minutes or
as long as --for says; then every person is to be served once more. Bots are six or more and step in after half a second, so
that they meet the faults as well`.replaceAll("\n", " ");

const OPEN =
  `open this machine's browser at a page where you talk with a bot, and see what the daemon saw of it; a bot comes as soon as
you wait, unless one of the simulated people does`.replaceAll("\n", " ");

const LLM_STUB =
  `bots speak by a stand-in for a language model, which needs no network and costs nothing, with a price for show; people wait for
a topic, and rules match those of one topic whose level is near`.replaceAll("\n", " ");

const EXIT_CODES = `
Exit code 1 if there was no match of simulated people or the drain was not clean; with --chaos also if a person was not served, a join was
refused because of us, or a channel stayed dead.`;

export interface DemoOptions {
  readonly people: number;
  /** Length of the run, in ms; null to run until Ctrl-C. */
  readonly durationMs: number | null;
  readonly isJson: boolean;
  /** What is done with the page where one talks oneself: opened in the browser, only printed, or nothing. */
  readonly chat: "open" | "print" | null;
  /** Whether bots speak by the stand-in model, and people are matched by rules. */
  readonly isLlmStub: boolean;
  /** Faults to cause; null for none. `seed` is null for a random plan. */
  readonly chaos: { readonly seed: number | null } | null;
}

const MAX_PEOPLE = 500;
const MAX_SEED = 999_999;

/** Makes `bun run demo`; `run` receives the options. */
export function createDemoCommand(run: (options: DemoOptions) => void | Promise<void>): Command {
  return createCommand("bun run demo")
    .description(DESCRIPTION)
    .option(
      "--people <count>",
      `people to simulate, 1 to ${MAX_PEOPLE}; 0 with --open or --chat`,
      wholeNumber(0, MAX_PEOPLE),
      12,
    )
    .option("--open", OPEN)
    .option("--chat", "as --open, but only print the address of that page")
    .option("--llm-stub", LLM_STUB)
    .option("--for <time>", "end by itself after this long, such as 30s, 5m or 1h; otherwise at Ctrl-C", duration(1))
    .option("--chaos", CHAOS)
    .option(
      "--seed <number>",
      `of the faults of --chaos, 0 to ${MAX_SEED}; by chance if not given`,
      wholeNumber(0, MAX_SEED),
    )
    .option("--json", "no live view; the last line of standard output is one JSON object with the outcome")
    .addHelpText("after", EXIT_CODES)
    .action((given, command) => {
      const {
        people,
        for: durationMs = null,
        chaos = false,
        seed = null,
        json = false,
        open = false,
        llmStub = false,
      } = given;
      const chat = open ? "open" : given.chat ? "print" : null;
      if (seed !== null && !chaos) command.error("--seed is for --chaos");
      if (people === 0 && (chat === null || chaos))
        command.error("--people 0 is for --open and --chat, without --chaos");
      return run({ people, durationMs, isJson: json, chat, isLlmStub: llmStub, chaos: chaos ? { seed } : null });
    });
}
