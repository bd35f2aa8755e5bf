import { readFile } from "node:fs/promises";

const FOLDER = new URL("../../../../../docs/runbooks/", import.meta.url);

/** Returns the text of a runbook; undefined where there is none of this name. */
export async function readRunbook(name: string): Promise<string | undefined> {
  try {
    return await readFile(new URL(`${name}.md`, FOLDER), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
