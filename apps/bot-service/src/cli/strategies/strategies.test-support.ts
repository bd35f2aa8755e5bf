import { runCommand } from "@shoal/command-line";
import { createSimulatedClock } from "@shoal/testkit";
import type { StrategiesCommand } from "./command.types.ts";
import { createStrategiesCommand } from "./command-line.ts";
import type { Input } from "./prompt.ts";
import { answerStrategies, type Outside } from "./strategies.ts";

/** Reads one command line. */
export async function readCommand(words: readonly string[]): Promise<StrategiesCommand> {
  let asked: StrategiesCommand | undefined;
  const command = createStrategiesCommand((read) => {
    asked = read;
  });
  await runCommand(command, words);
  if (!asked) throw new Error("nothing was asked for");
  return asked;
}

/** Runs one command line in this process, with nobody at the keyboard unless `overrides` says so. */
export async function runWords(words: readonly string[], overrides: Partial<Outside> = {}) {
  const warnings: string[] = [];
  let [printed, questions] = ["", ""];
  const answer = await answerStrategies(await readCommand(words), {
    ...{ isJson: words.includes("--json"), clock: createSimulatedClock(), signal: new AbortController().signal },
    openSandbox: () => Promise.reject(new Error("no sandbox")),
    daemon: () => {
      throw new Error("no daemon");
    },
    input: pipedInput(""),
    progress: { show() {}, end() {} },
    questions: {
      write: (text) => {
        questions += text;
      },
    },
    print: (text) => {
      printed += text;
    },
    warn: (line) => void warnings.push(line),
    ...overrides,
  });
  const { text = "", json, exitCode } = answer ?? {};
  return {
    ...{ text, exitCode, warnings, printed, questions },
    json: json === undefined ? undefined : JSON.parse(JSON.stringify(json)),
  };
}

/** What is piped into a command. */
export function pipedInput(text: string): Input {
  return {
    on() {},
    off() {},
    resume() {},
    pause() {},
    async *[Symbol.asyncIterator]() {
      yield text;
    },
  };
}

/** A keyboard: `type` sends keys once somebody listens. */
export function keyboard() {
  const listeners = new Set<(chunk: Uint8Array | string) => void>();
  const modes: boolean[] = [];
  const waiting: (() => void)[] = [];
  const input: Input = {
    ...pipedInput(""),
    isTTY: true,
    setRawMode: (isRaw) => modes.push(isRaw),
    on(_event, listener) {
      listeners.add(listener);
      for (const resolve of waiting.splice(0)) resolve();
    },
    off: (_event, listener) => listeners.delete(listener),
  };
  return {
    input,
    /** What raw mode was set to, in order. */
    modes,
    async type(...chunks: string[]) {
      if (listeners.size === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      for (const chunk of chunks) for (const listener of listeners) listener(new TextEncoder().encode(chunk));
    },
  };
}
