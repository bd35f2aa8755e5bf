import { join } from "node:path";
import { Worker } from "node:worker_threads";

const LIMIT_MS = 1000;
const WATCH = join(import.meta.dirname, "health-watch.ts");

/** Whether a daemon answers that it is alive and ready, within a second each. */
export async function isGreen(port: number): Promise<boolean> {
  const isOk = async (path: string) => {
    const signal = AbortSignal.timeout(LIMIT_MS);
    return (await fetch(`http://127.0.0.1:${port}${path}`, { signal }).catch(() => null))?.ok === true;
  };
  return (await isOk("/healthz")) && (await isOk("/readyz"));
}

/**
 * Asks each second, in a thread of its own: the one that plays strangers and backend may be away for longer than an answer may take.
 * Resolves with whether all answers were good.
 */
export function watchHealth(port: number): () => Promise<boolean> {
  let isAllGreen = true;
  const worker = new Worker(WATCH, { workerData: port });
  worker.on("message", (isNowGreen: boolean) => {
    isAllGreen &&= isNowGreen;
  });
  return async () => {
    await worker.terminate();
    return isAllGreen;
  };
}
