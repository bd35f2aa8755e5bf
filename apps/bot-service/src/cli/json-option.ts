import { readFileSync } from "node:fs";
import type { Json } from "@shoal/job-queue";
import { errorFields } from "@shoal/kernel";

/** Reads the JSON of an option as given, or from the file after `@`. Keeps the text out of errors, because it may be secret. */
export function readJsonOption(option: string, given: string, refuse: (problem: string) => never): Json {
  const isFile = given.startsWith("@");
  try {
    return JSON.parse(isFile ? readFileSync(given.slice(1), "utf8") : given);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) {
      refuse(`${option}: the file ${given.slice(1)} cannot be read (${errorFields(thrown).error_code})`);
    }
    return refuse(isFile ? `${option}: what is in ${given.slice(1)} is not JSON` : `${option} is not JSON`);
  }
}
