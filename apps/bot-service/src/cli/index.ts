/** Exports for commands of other apps: exit codes and the screen, as those of `shoal` use them. */

export { consoleLink } from "./console.ts";
export { clockText, countsText, cut, row, wrap } from "./drawing.ts";
export { runToExitCode } from "./exit-code.ts";
export { openInBrowser } from "./open-in-browser.ts";
export { createScreen } from "./screen.ts";
export { onStopSignal } from "./stop-signal.ts";
