/** A plain Bun process for each strategy, with no wall around it. With the argument `strategy` it is such a process. */
import { decide } from "./decide.ts";
import { type Deployed, measure } from "./measure.ts";

async function open(): Promise<Deployed> {
  const ready = Promise.withResolvers<void>();
  let answered = Promise.withResolvers<number>();
  const child = Bun.spawn([process.execPath, import.meta.path, "strategy"], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    serialization: "advanced",
    ipc: (message) => (message === "ready" ? ready.resolve() : answered.resolve(message)),
  });
  await ready.promise;
  return {
    run(closes) {
      answered = Promise.withResolvers();
      child.send(closes);
      return answered.promise;
    },
    async close() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

const [strategyCount, runCount] = process.argv.slice(2);
if (strategyCount === "strategy") {
  process.on("message", (closes: Float64Array) => process.send?.(decide(closes)));
  process.send?.("ready");
} else {
  const figures = await measure(open, { strategyCount: Number(strategyCount), runCount: Number(runCount) });
  process.stdout.write(JSON.stringify(figures));
}
