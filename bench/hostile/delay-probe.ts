/** Loaded into the daemon before its own code: measures how late its event loop is, and answers over IPC. */
import { watchDelay } from "./delay.ts";

const read = watchDelay();
process.on("message", () => process.send?.(read()));
