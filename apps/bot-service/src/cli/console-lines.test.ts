import { createLog } from "@shoal/monitor";
import { expect, it } from "vitest";
import { type Console, logConsole } from "./console-lines.ts";

const silent = () => {};

it.each<[name: keyof Console, values: unknown[], level: string, text: string]>([
  ["log", ["asked %s for %d", "the model", 2], "info", "asked the model for 2"],
  ["info", [{ tries: 2 }], "info", "{ tries: 2 }"],
  ["warn", ['bun:sql LISTEN "shoal_jobs" failed, retrying: Failed to connect'], "debug", "bun:sql LISTEN"],
  ["warn", ["slow"], "warn", "slow"],
  ["error", ["mailer is away", new Error("no route")], "error", "no route"],
  ["debug", ["x"], "debug", "x"],
  ["error", ["postgres://u:hunter22@h/d"], "error", "postgres://[redacted]@h/d"],
])("console.%s(%j) is a line of the log, at %s", (name, values, level, text) => {
  const lines: string[] = [];
  const target: Console = { debug: silent, log: silent, info: silent, warn: silent, error: silent };
  logConsole(target, createLog({ level: "debug", destination: { write: (line) => lines.push(line) } }));
  target[name](...values);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level, msg: expect.stringContaining(text), printed_by: `console.${name}` }),
  ]);
});
