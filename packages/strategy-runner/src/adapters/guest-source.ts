import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads the JavaScript that makes `ctx` inside the sandbox. */
export function readGlueSource(): string {
  return readFileSync(join(import.meta.dirname, "../guest/glue.js"), "utf8");
}
