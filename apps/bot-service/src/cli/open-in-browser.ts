import { FleetError, SECOND_MS } from "@shoal/kernel";
import { processEnvironment } from "../config.ts";

/** The program of the system that opens an address. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};
const ELSEWHERE = ["xdg-open"] as const;

/** Some openers end at once, others with the browser. */
const ENDS_WITHIN_MS = 3 * SECOND_MS;

/**
 * Opens an address in this machine's browser, which stays when this program ends. Needs no terminal.
 * @throws CLI_NO_BROWSER there is none, or no screen to show it on
 */
export async function openInBrowser(url: string, platform: string = process.platform): Promise<void> {
  const opener = OPENERS[platform] ?? ELSEWHERE;
  try {
    const stdio = ["ignore", "ignore", "ignore"] as const;
    const child = Bun.spawn([...opener, url], { stdio: [...stdio], env: processEnvironment(), detached: true });
    child.unref();
    const exitCode = await Promise.race([child.exited, Bun.sleep(ENDS_WITHIN_MS)]);
    if (exitCode) throw new Error(`it ended with code ${exitCode}`);
  } catch (cause) {
    const message = `no browser can be opened here by ${opener[0]}: open the link in one yourself`;
    throw new FleetError("CLI_NO_BROWSER", message, { cause });
  }
}
