import { type AnyCommand, InvalidArgumentError, Option } from "@shoal/command-line";
import type { JsonObject } from "@shoal/strategy-runner";
import { decimal, filesOf } from "../backtest/command-line.ts";
import { readJsonOption } from "../json-option.ts";
import type { RunCommand } from "./command.types.ts";
import { subcommand } from "./subcommand.ts";

/** Makes the commands that need no daemon: `check` and `run`. */
export function localCommands(run: RunCommand): AnyCommand[] {
  const check = subcommand("check", "check a file as a deploy does: types, imports, what it exports", CHECK_HELP)
    .argument("<file>", "of the strategy, TypeScript or JavaScript")
    .action((path, { json }) => run({ kind: "check", path }, json === true));
  const once = subcommand("run", "run a file once, here and on paper, and say what it did and what it cost", RUN_HELP)
    .argument("<file>", "of the strategy, TypeScript or JavaScript")
    .addOption(
      new Option("--candles <file>", "candles, CSV or JSON, once for each series")
        .argParser(filesOf)
        .conflicts("synthetic"),
    )
    .option("--synthetic", "candles of a market that does not exist, as many as the strategy needs")
    .addOption(configOption())
    .option("--cash <amount>", "money at the start, in the currency of the symbols", decimal, "10000")
    .action((path, { json, candles = [], synthetic, config = {}, cash }, self) => {
      if (candles.length === 0 && !synthetic)
        self.error("give the candles to run on: --candles <file>, or --synthetic");
      return run({ kind: "run", file: { path, candleFiles: candles, config, cash } }, json === true);
    });
  return [check, once];
}

/** Makes `--config`, the owner's settings in place of the defaults of the file. */
export function configOption() {
  return new Option(
    "--config <json>",
    "settings in place of the defaults of the file: JSON, or @ and a file with it",
  ).argParser(readConfig);
}

function readConfig(given: string): JsonObject {
  const value = readJsonOption("--config", given, (problem) => {
    throw new InvalidArgumentError(`${problem}.`);
  });
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new InvalidArgumentError('Expected an object of JSON, such as {"fast": 5}.');
}

const CHECK_HELP = `
  bun run shoal strategies check examples/strategies/breakout.ts

Exit code 1 where a deploy would refuse it, 2 where the file cannot be read.`;

const RUN_HELP = `
  bun run shoal strategies run examples/strategies/breakout.ts --synthetic
  bun run shoal strategies run my.ts --candles btc-1h.csv --config '{"fast": 5}'

The run is at the close of the newest candle, with nothing held and nothing remembered. Fuel is the same here and on the server; a
run that uses all of it is ended. Exit code 1 where the run failed, 2 where strategy or candles cannot be used.`;
