import { printable } from "@shoal/kernel";
import { StrategiesError } from "./errors.ts";

/** A terminal's keyboard, or what is piped in. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: "data", listener: (chunk: Uint8Array | string) => void): unknown;
  off(event: "data", listener: (chunk: Uint8Array | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** Where questions are asked: standard error, because standard output has the answer. */
export interface Questions {
  write(text: string): unknown;
}

const ENTER = new Set(["\r", "\n"]);
const BACKSPACE = new Set(["\b", "\x7f"]);
const CTRL_C_OR_D = new Set(["\x03", "\x04"]);
/** Begins what arrows and other special keys send, all of it at once. */
const ESCAPE = "\x1b";

/**
 * Asks questions one after the other, and shows nothing of what is typed unless `isShown`.
 * @throws CLI_INTERRUPTED at Ctrl-C and Ctrl-D
 */
export function ask(
  questions: readonly string[],
  { input, output, isShown = false }: { readonly input: Input; readonly output: Questions; readonly isShown?: boolean },
): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const answers: string[] = [];
  let typed = "";
  const onKey = (key: string) => {
    if (CTRL_C_OR_D.has(key)) return reject(new StrategiesError("CLI_INTERRUPTED", "nothing was done"));
    if (BACKSPACE.has(key)) {
      if (isShown && typed !== "") output.write("\b \b");
      typed = [...typed].slice(0, -1).join("");
    } else if (!ENTER.has(key)) {
      if (printable(key) !== key) return;
      if (isShown) output.write(key);
      typed += key;
    } else {
      output.write("\n");
      answers.push(typed);
      typed = "";
      if (answers.length === questions.length) resolve(answers);
      else output.write(questions[answers.length] ?? "");
    }
  };
  const decoder = new TextDecoder();
  const onData = (chunk: Uint8Array | string) => {
    const keys = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    if (keys.startsWith(ESCAPE)) return;
    for (const key of keys) {
      if (answers.length < questions.length) onKey(key);
    }
  };
  input.setRawMode?.(true);
  input.on("data", onData);
  input.resume();
  output.write(questions[0] ?? "");
  return promise.finally(() => {
    input.off("data", onData);
    input.setRawMode?.(false);
    input.pause();
  });
}

/** Secrets and what is around them are far shorter. */
const MOST_CHARACTERS = 64 * 1024;

/**
 * Reads all that is piped in.
 * @throws CLI_INPUT_TOO_LARGE
 */
export async function readPiped(input: Input): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of input) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > MOST_CHARACTERS) {
      throw new StrategiesError(
        "CLI_INPUT_TOO_LARGE",
        `more than ${MOST_CHARACTERS} characters came in; give the secret only`,
      );
    }
  }
  return text;
}
