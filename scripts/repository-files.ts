import { readdirSync } from "node:fs";
import { join } from "node:path";

export const repositoryRoot = join(import.meta.dirname, "..");

const skippedFolders = new Set(["node_modules", ".git", ".turbo", ".shoal", "dist", "coverage"]);
/** `.git` is a file in a linked work tree. */
const skippedFiles = /^bun\.lock$|^\.env|^\.git$|\.(png|ico|gz|bin|tsbuildinfo)$/;

/** Returns the text files of the repository, committed or about to be, as paths from its root. Needs no git. */
export function repositoryFiles(folder = ""): string[] {
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : repositoryFiles(path);
    return entry.isFile() && !skippedFiles.test(entry.name) ? [path] : [];
  });
}
