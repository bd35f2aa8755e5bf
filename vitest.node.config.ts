import { defineConfig } from "vitest/config";
import bun from "./vitest.config.ts";

/** The packages that promise to run on Node 22 as well, with the tests they pass on Bun. They need no database. */
export default defineConfig({
  test: {
    ...bun.test,
    include: ["packages/{kernel,monitor,realtime-pool}/{src,test}/**/*.test.ts"],
    globalSetup: [],
  },
});
