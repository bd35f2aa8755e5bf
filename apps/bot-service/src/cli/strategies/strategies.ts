import type { AnyCommand } from "@shoal/command-line";
import { type Clock, createSystemClock, FleetError, printable, printableJson } from "@shoal/kernel";
import type { Answer } from "../answer.ts";
import { openSandbox, type Sandbox } from "../backtest/sandbox.ts";
import type { Exit } from "../exit-code.ts";
import { onStopSignal } from "../stop-signal.ts";
import { checkFile } from "./check-file.ts";
import type { StrategiesCommand } from "./command.types.ts";
import { createStrategiesCommand } from "./command-line.ts";
import { runFile } from "./run-file.ts";

/** Makes `shoal strategies`. */
export function strategiesCommand(exit: Exit): AnyCommand {
  return createStrategiesCommand(async (command, isJson) => {
    const stop = new AbortController();
    const interrupted = new FleetError("CLI_INTERRUPTED", "stopped before its end");
    void onStopSignal().requested.then(() => stop.abort(interrupted));
    const warn = (line: string) => void process.stderr.write(`${printable(line)}\n`);
    const answer = await answerStrategies(command, {
      ...{ clock: createSystemClock(), signal: stop.signal, warn, openSandbox },
    });
    process.stdout.write(isJson ? `${printableJson(answer.json)}\n` : answer.text);
    exit(answer.exitCode ?? 0);
  });
}

/** The other side of a command. */
export interface Outside {
  readonly clock: Clock;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Tells of something that is not as it may be meant, and goes on. */
  readonly warn: (line: string) => void;
  readonly openSandbox: (childCount: number) => Promise<Sandbox>;
}

/** Carries a command out. */
export async function answerStrategies(command: StrategiesCommand, outside: Outside): Promise<Answer> {
  const { clock, signal, warn } = outside;
  switch (command.kind) {
    case "check": {
      await using sandbox = await outside.openSandbox(1);
      return await checkFile(command.path, sandbox);
    }
    case "run": {
      await using sandbox = await outside.openSandbox(1);
      return await runFile(command.file, { sandbox, nowMs: clock.now(), signal, warn });
    }
  }
}
