import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nameOfStatement } from "@shoal/store";

/** Settings with which a server logs each statement behind the application name of its session, into files of this directory. */
export const logSettings = (directory: string): Readonly<Record<string, string>> => ({
  log_statement: "all",
  log_line_prefix: "%a ",
  logging_collector: "on",
  log_directory: directory,
});

/** As the extended protocol is logged, and the simple one. */
const SENT = / LOG: {2}(?:execute [^:]+|statement): (.*)$/;

/** The names of all statements that sessions of this application have sent so far; of one without a name the first word: begin, commit. */
export function sentBy(directory: string, application: string): string[] {
  const lines = readdirSync(directory)
    .toSorted()
    .flatMap((file) => readFileSync(join(directory, file), "utf8").split("\n"));
  return lines.flatMap((line) => {
    const text = line.startsWith(`${application} `) ? SENT.exec(line)?.[1] : undefined;
    return text === undefined ? [] : (nameOfStatement(text) ?? text.trim().split(/\W/, 1)[0]?.toLowerCase() ?? "");
  });
}
