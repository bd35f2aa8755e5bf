/** The thread of `watchHealth`. */
import { parentPort, workerData } from "node:worker_threads";
import { createSystemRuntime, every } from "@shoal/kernel";
import { isGreen } from "./health.ts";

const { clock } = createSystemRuntime();
every(
  clock,
  1000,
  async () => parentPort?.postMessage(await isGreen(workerData)),
  () => {},
);
