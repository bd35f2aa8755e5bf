/** What a command of another app shares with those of `shoal`: its exit code, its screen. */
export { clockText, countsText, cut, printable, row, wrap } from "./drawing.ts";
export { runToExitCode } from "./exit-code.ts";
export { createScreen } from "./screen.ts";
export { onStopSignal } from "./stop-signal.ts";
