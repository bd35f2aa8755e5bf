import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that wait longest: one of them that began last would be all that still runs at the end. */
const LONGEST =
  /(people|chaos|cron-sql|traps|local-server|histories|drain-under-load|no-writes\.e2e|private\.e2e|bad-weather\.e2e)\.test\.ts$/;

/** Starts those first. Vitest alone knows how long a file takes only where it ran before, else it takes large ones for long ones. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => Number(LONGEST.test(moduleId));
    return (await super.sort(files)).toSorted((left, right) => isLong(right) - isLong(left));
  }
}

export default defineConfig({
  test: {
    include: ["{packages,apps}/*/{src,test}/**/*.test.ts", "{scripts,bench,deploy}/**/*.test.ts"],
    pool: "threads",
    // Most of a test file is waiting for a server: five at a time also where there are only two cores.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
    // Test files share nothing but modules, which hold no state: a worker of its own for each cost a third of the processor's time.
    isolate: false,
    globalSetup: ["packages/testkit/test/vitest-global-setup.ts"],
    // Real servers under load on a slow machine: a test waits for events, so a generous limit only bounds a hang.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
