import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,apps}/*/{src,test}/**/*.test.ts", "{scripts,bench,deploy}/**/*.test.ts"],
    pool: "threads",
    // Most of a test file is waiting for a server: six at a time also where there are only two cores.
    maxWorkers: 6,
    // Test files share nothing but modules, which hold no state: a worker of its own for each cost a third of the processor's time.
    isolate: false,
    globalSetup: ["packages/testkit/test/vitest-global-setup.ts"],
    // Real servers under load on a slow machine: a test waits for events, so a generous limit only bounds a hang.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
