import { readFile } from "node:fs/promises";

/** Returns the text of a file that an operator names. Rejects as `readFile`. */
export const readTextFile = (path: string): Promise<string> => readFile(path, "utf8");
