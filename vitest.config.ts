import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,apps}/*/{src,test}/**/*.test.ts", "{scripts,bench}/**/*.test.ts"],
    pool: "threads",
    globalSetup: ["packages/testkit/test/vitest-global-setup.ts"],
    // Real servers under load on a slow machine: a test waits for events, so a generous limit only bounds a hang.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
