import { type Command, createCommand } from "@shoal/command-line";
import { z } from "zod";
import { isAlive } from "../backend/adapters/is-alive.ts";
import { ownAddress } from "../config/http-address.ts";
import { processEnvironment } from "../config.ts";
import { askDaemon, type FoundDaemon, findDaemon, notADaemon, refusalOf, shownUrl } from "./daemon.ts";
import { openInBrowser } from "./open-in-browser.ts";

const DESCRIPTION = `Prints a link that opens the console of a running daemon in a browser, or opens it there: the daemon at SHOAL_URL, or without that the
one running on SHOAL_DIRECTORY (.shoal). Needs its SHOAL_API_TOKEN. The link opens the console once, within a minute, and for whoever has it.

  bun run --silent shoal console         print the link
  bun run shoal console --open           open it in this machine's browser`;

const EXIT_CODES =
  "\nExit code 1 when no daemon answers, it serves no console, or no browser can be opened; 2 for a wrong command line, SHOAL_URL or token.";

const REFUSED = {
  HTTP_UNAUTHORIZED: "does not take the token; set SHOAL_API_TOKEN to the daemon's",
  HTTP_READ_ONLY: "makes no link for SHOAL_READ_TOKEN; set SHOAL_API_TOKEN to the daemon's",
  HTTP_UNKNOWN_ROUTE: "serves no console: its CONSOLE_BASE_PATH is off, or it is of an older version",
};

/** Makes `shoal console`. */
export function consoleCommand(): Command {
  return createCommand("console")
    .summary("print a link that opens the console of the running daemon, or open it")
    .description(DESCRIPTION)
    .option("--open", "open it in this machine's browser")
    .addHelpText("after", EXIT_CODES)
    .action(async ({ open: isOpening }: { readonly open?: true }) => {
      const daemon = findDaemon(processEnvironment(), isAlive, "bun run shoal console --help");
      const link = await consoleLink(daemon);
      // Also where it is opened: the browser may be another one than is wanted.
      process.stdout.write(`${link}\n`);
      if (isOpening) await openInBrowser(link);
    });
}

const made = z.object({ path: z.string().startsWith("/") });

/**
 * Asks the daemon for a link that opens its console once, within a minute.
 * @throws CLI_NO_ANSWER, CLI_NOT_A_DAEMON, and the codes of its refusals
 */
export async function consoleLink(daemon: FoundDaemon): Promise<string> {
  const { status, body } = await askDaemon(daemon, { method: "POST", path: "/api/console/tickets" });
  if (status !== 201) throw refusalOf(status, body, daemon, REFUSED);
  const read = made.safeParse(body);
  if (!read.success) throw notADaemon(daemon.url);
  // The path is the one of browsers already. Of the address only the place is taken: no password, and none that stands for all addresses.
  const url = new URL(read.data.path, shownUrl(daemon.url));
  url.hostname = ownAddress(url.hostname);
  return url.href;
}
