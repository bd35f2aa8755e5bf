/**
 * Runs one contestant in a separate process: `bun contestant-process.ts <name> <url>`. Answers the requests of the benchmark,
 * and ends when its parent does.
 */
import { createSystemRuntime, integer, sleep } from "@shoal/kernel";
import { answerParent } from "../child.ts";
import type { ContestantRequest } from "./contestant.ts";
import { CONTESTANTS, type ContestantName } from "./contestants.ts";

const { clock, rng } = createSystemRuntime();
const [name = "", url = ""] = process.argv.slice(2);
let runs = 0;
let onNextRun: (() => void) | undefined;
const contestant = await CONTESTANTS[name as ContestantName].open(url, () => {
  runs += 1;
  onNextRun?.();
});

async function insertOneByOne(count: number, inFlight: number): Promise<void> {
  let left = count;
  const insertMore = async () => {
    for (; left > 0; ) {
      left -= 1;
      await contestant.insertOne();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, insertMore));
}

async function latencies(samples: number): Promise<number[]> {
  const tookMs: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    // Random, so that jobs come at any moment between two polls.
    await sleep(clock, integer(rng, 5, 40));
    const started = Promise.withResolvers<number>();
    onNextRun = () => started.resolve(clock.monotonicMs());
    const addedMs = clock.monotonicMs();
    await contestant.insertOne();
    tookMs.push((await started.promise) - addedMs);
  }
  onNextRun = undefined;
  return tookMs;
}

async function answer(request: ContestantRequest): Promise<unknown> {
  switch (request.kind) {
    case "insert-many":
      for (let batch = 0; batch < request.batches; batch += 1) await contestant.insertMany(request.size);
      return null;
    case "insert-one":
      return insertOneByOne(request.count, request.inFlight);
    case "work":
      return contestant.work();
    case "rest":
      return contestant.rest();
    case "runs": {
      const count = runs;
      runs = 0;
      return count;
    }
    case "latency":
      return latencies(request.samples);
  }
}

answerParent(answer);
