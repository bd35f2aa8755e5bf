/** A worker thread of Node for each strategy, with no wall around it. In a worker it is such a strategy. */
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { decide } from "./decide.ts";
import { type Deployed, measure } from "./measure.ts";

async function open(): Promise<Deployed> {
  const worker = new Worker(new URL(import.meta.url));
  const next = () => new Promise<number>((resolve) => void worker.once("message", resolve));
  await next();
  return {
    run(closes) {
      const answer = next();
      worker.postMessage(closes);
      return answer;
    },
    async close() {
      await worker.terminate();
    },
  };
}

if (isMainThread) {
  const [strategyCount, runCount] = process.argv.slice(2).map(Number);
  process.stdout.write(
    JSON.stringify(await measure(open, { strategyCount: strategyCount ?? 1, runCount: runCount ?? 1 })),
  );
} else {
  parentPort?.on("message", (closes: Float64Array) => parentPort?.postMessage(decide(closes)));
  parentPort?.postMessage("ready");
}
