import { defineConfig } from "vitest/config";
import bun from "./vitest.config.ts";

/** For `bun run soak`: every property of fast-check starts from `SOAK_SEED`, and may take its time. */
export default defineConfig({
  test: { ...bun.test, setupFiles: ["packages/testkit/test/soak-setup.ts"], testTimeout: 3_600_000 },
});
