import { expect, it } from "vitest";
import { withConfigurationTable } from "./config-table.ts";

it("README.md has the configuration table of the code; otherwise run: bun scripts/config-table.ts", async () => {
  const readme = await Bun.file(new URL("../README.md", import.meta.url)).text();
  expect(withConfigurationTable(readme)).toBe(readme);
});
