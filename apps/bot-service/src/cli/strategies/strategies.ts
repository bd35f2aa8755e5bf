import type { AnyCommand } from "@shoal/command-line";
import { type Clock, createSystemClock, printable } from "@shoal/kernel";
import { isAlive } from "../../backend/adapters/is-alive.ts";
import { processEnvironment } from "../../config.ts";
import { type Answer, giveAnswer } from "../answer.ts";
import { readSource } from "../backtest/inputs.ts";
import { createProgress, type Progress } from "../backtest/progress.ts";
import { openSandbox, type Sandbox } from "../backtest/sandbox.ts";
import { type FoundDaemon, findDaemon } from "../daemon.ts";
import type { Exit } from "../exit-code.ts";
import { onStopSignal } from "../stop-signal.ts";
import { askDesk } from "./ask-desk.ts";
import { checkFile } from "./check-file.ts";
import type { StrategiesCommand } from "./command.types.ts";
import { createStrategiesCommand } from "./command-line.ts";
import { deployFile } from "./deploy.ts";
import { deployAfterShadow } from "./deploy-after-shadow.ts";
import { createDeskClient } from "./desk-client.ts";
import { StrategiesError } from "./errors.ts";
import { followLog, readLog } from "./logs.ts";
import type { Input, Questions } from "./prompt.ts";
import { replayKept } from "./replay.ts";
import { runFile } from "./run-file.ts";
import { askSecrets } from "./secrets.ts";

/** Makes `shoal strategies`. */
export function strategiesCommand(exit: Exit): AnyCommand {
  return createStrategiesCommand(async (command, isJson) => {
    const stop = new AbortController();
    const interrupted = new StrategiesError("CLI_INTERRUPTED", "stopped before its end");
    void onStopSignal().requested.then(() => stop.abort(interrupted));
    const { isTTY, columns } = process.stdout;
    const clock = createSystemClock();
    const progress = createProgress(isJson ? { write() {} } : process.stderr, clock);
    try {
      const answer = await answerStrategies(command, {
        ...{ isJson, clock, progress, signal: stop.signal, openSandbox },
        daemon: () => findDaemon(processEnvironment(), isAlive, "bun run shoal strategies --help"),
        ...(isTTY && columns > 0 ? { columns } : {}),
        ...{ input: process.stdin, questions: process.stderr },
        print: (text) => void process.stdout.write(text),
        warn: (line) => void process.stderr.write(`${printable(line)}\n`),
      });
      if (answer) giveAnswer(answer, isJson, exit);
    } finally {
      progress.end();
    }
  });
}

/** The other side of a command. */
export interface Outside {
  readonly isJson: boolean;
  readonly clock: Clock;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  readonly openSandbox: (childCount: number) => Promise<Sandbox>;
  /** Finds the daemon that is asked. */
  readonly daemon: () => FoundDaemon;
  /** Width of the terminal; absent where there is none. */
  readonly columns?: number;
  readonly input: Input;
  readonly questions: Questions;
  readonly progress: Progress;
  /** Writes what comes before the answer is complete. */
  readonly print: (text: string) => void;
  /** Tells of something that is not as it may be meant, and goes on. */
  readonly warn: (line: string) => void;
}

/** Carries a command out. Undefined: everything is printed. */
export async function answerStrategies(command: StrategiesCommand, outside: Outside): Promise<Answer | undefined> {
  const { clock, signal, warn, print, isJson } = outside;
  switch (command.kind) {
    case "check": {
      await using sandbox = await outside.openSandbox(1);
      return await checkFile(command.path, sandbox);
    }
    case "run": {
      await using sandbox = await outside.openSandbox(1);
      return await runFile(command.file, { sandbox, clock, signal, warn });
    }
  }
  const daemon = outside.daemon();
  const desk = createDeskClient(daemon, signal);
  switch (command.kind) {
    case "deploy": {
      const { deploy } = command;
      if (deploy.shadowMs === undefined) return await deployFile(deploy, readSource(deploy.path), desk);
      await using sandbox = await outside.openSandbox(1);
      return await deployAfterShadow(deploy, deploy.shadowMs, { ...outside, desk, sandbox, token: daemon.token });
    }
    case "replay": {
      await using sandbox = await outside.openSandbox(1);
      return await replayKept(command, desk, sandbox);
    }
    case "logs": {
      const id = await desk.idOf(command.strategy);
      if (!command.isFollowed) return await readLog(desk, id, command.limit);
      await followLog({ desk, id, limit: command.limit, isJson, clock, signal, print, warn });
      return undefined;
    }
    case "secrets set":
    case "secrets list":
    case "secrets delete":
      return await askSecrets(command, desk, outside);
    default:
      return await askDesk(command, desk, outside);
  }
}
