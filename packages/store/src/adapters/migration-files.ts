import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { toError } from "@shoal/kernel";
import { StoreError } from "../errors.ts";
import { type Migration, parseMigration } from "../migrations/migration.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/**
 * Reads every `.sql` file of a directory, in no particular order.
 *
 * @throws STORE_MIGRATION_INVALID the directory cannot be read, or a file is misnamed
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await list(directory)).filter((file) => file.endsWith(".sql"));
  return Promise.all(
    files.map(async (file) => parseMigration(file, await readFile(join(directory, file), "utf8"), sha256)),
  );
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    throw new StoreError("STORE_MIGRATION_INVALID", `The migrations in ${directory} cannot be read.`, {
      details: { directory },
      cause: toError(thrown),
    });
  }
}
