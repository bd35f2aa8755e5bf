/** A worker that carries out acts as a process of its own, to be killed. Arguments: the address of the database, and rows of one batch. */
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { ACT_JOB_TYPE, actHandler, createJobWorker } from "../src/index.ts";

const [url = "", batchSize = ""] = process.argv.slice(2);
const runtime = createSystemRuntime();
const database = createDatabase({ url, runtime });
const handlers = { [ACT_JOB_TYPE]: actHandler({ database, runtime, batchSize: Number(batchSize) }) };
createJobWorker({
  database,
  runtime,
  workerId: "killed",
  handlers,
  concurrency: 1,
  batchSize: 1,
  leaseMs: 60_000,
}).start();
