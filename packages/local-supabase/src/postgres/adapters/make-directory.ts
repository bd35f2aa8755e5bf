import { accessSync, constants, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { toError } from "@shoal/kernel";
import { dataDirectoryUnusable } from "../errors.ts";

/**
 * Makes the directory unless it is there, and gives its absolute path.
 *
 * @throws LOCAL_DATA_DIR_UNUSABLE it cannot be made or written to
 */
export function makeDirectory(path: string): string {
  const directory = resolve(path);
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw dataDirectoryUnusable(directory, toError(thrown));
  }
  return directory;
}
