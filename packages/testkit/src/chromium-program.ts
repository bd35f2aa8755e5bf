import { existsSync } from "node:fs";

/** Of Debian's packages `chromium-headless-shell` and `chromium`: the programs, because the scripts in /usr/bin outlive a kill of theirs. */
const PROGRAMS = ["/usr/lib/chromium/chromium-headless-shell", "/usr/lib/chromium/chromium"];

/** Finds a Chromium that runs without a screen, or undefined. */
export function findChromium(): string | undefined {
  return PROGRAMS.find((program) => existsSync(program));
}
