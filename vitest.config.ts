import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that wait for 9 s or more, the longest first. `bun run test --slowest 40` shows who belongs here. */
const WAITING = [
  "job-queue/test/cron-sql",
  "demo/test/people",
  "demo/test/llm-stub.e2e",
  "bot-service/test/private.e2e",
  "bot-service/test/bad-weather.e2e",
  "bot-service/test/no-writes.e2e",
  "realtime-pool/test/traps",
  "job-queue/test/chaos/chaos",
  "demo/test/chaos.e2e",
  "job-queue/test/job-worker",
  "local-supabase/test/realtime-changes",
  "realtime-pool/test/limits",
  "bot-service/test/hand-over.e2e",
  "matchmaker/test/histories",
  "realtime-pool/test/local-server",
  "bench/replicas/scenarios",
  "bot-service/test/signals.e2e",
  "strategy-runner/test/attacks",
  "bot-service/test/control-feed",
  "job-queue/test/inngest-modes",
  "demo/test/tokens",
  "job-queue/test/pgmq-consumers",
  "bot-service/src/cli/start",
];
/** They have all begun when so much of the others has: one that began last would be all that still runs at the end. */
const BEGUN_BY_RATIO = 0.8;

/** Has those who wait and those who work run beside each other: the processors had little to do while all waited at once. */
class WaitingAmongWorking extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rankOf = ({ moduleId }: TestSpecification) =>
      WAITING.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
    const waiting = sorted.filter((file) => rankOf(file) >= 0).toSorted((one, other) => rankOf(one) - rankOf(other));
    const working = sorted.filter((file) => rankOf(file) < 0);
    const pace = (BEGUN_BY_RATIO * working.length) / Math.max(1, waiting.length);
    const part = (index: number) => working.slice(Math.floor(index * pace), Math.floor((index + 1) * pace));
    const mixed = waiting.flatMap((file, index) => [file, ...part(index)]);
    return [...mixed, ...working.slice(Math.floor(waiting.length * pace))];
  }
}

export default defineConfig({
  test: {
    include: ["{packages,apps}/*/{src,test}/**/*.test.ts", "{scripts,bench,deploy,examples}/**/*.test.ts"],
    pool: "threads",
    // Most of a test file is waiting for a server: five at a time also where there are only two cores.
    maxWorkers: 5,
    sequence: { sequencer: WaitingAmongWorking },
    // Test files share nothing but modules, which hold no state: a worker of its own for each cost a third of the processor's time.
    isolate: false,
    globalSetup: ["packages/testkit/test/vitest-global-setup.ts"],
    // Real servers under load on a slow machine: a test waits for events, so a generous limit only bounds a hang.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
