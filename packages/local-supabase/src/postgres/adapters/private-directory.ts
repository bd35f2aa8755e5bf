import { chmodSync, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";

const OF_OTHERS = 0o077;
const STICKY = 0o1000;
const OWN = 0o700;

/**
 * Makes a directory that only the user of this process can enter, and makes one that others can enter so. Returns its absolute path.
 * Leaves alone a directory that is plainly for more than that: the home, the working directory, `/`, one with the sticky bit as `/tmp`.
 *
 * Throws what the file system says, such as EACCES.
 */
export function makePrivateDirectory(path: string): string {
  const directory = resolve(path);
  mkdirSync(directory, { recursive: true, mode: OWN });
  const { mode, uid } = statSync(directory);
  const isShared = (mode & STICKY) !== 0 || [homedir(), process.cwd(), dirname(directory)].includes(directory);
  if ((mode & OF_OTHERS) !== 0 && !isShared && uid === process.getuid?.()) chmodSync(directory, mode & OWN);
  return directory;
}
