import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { invariant } from "@shoal/kernel";
import { parseTarGzip } from "nanotar";

/** The whole of pgmq in one file; the others in the archive lead from one version to the next. */
const WHOLE_VERSION = /\/pgmq--\d+\.\d+\.\d+\.sql$/;

/** pgmq as plain SQL, out of the archive that its npm package for PGlite carries. */
export async function readPgmqSql(): Promise<string> {
  const main = createRequire(import.meta.url).resolve("@electric-sql/pglite-pgmq");
  const files = await parseTarGzip(readFileSync(join(dirname(main), "pgmq.tar.gz")));
  const whole = files.find((file) => WHOLE_VERSION.test(file.name));
  invariant(whole?.text, "the pgmq package carries its SQL");
  return whole.text;
}
