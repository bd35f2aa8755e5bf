import { expect, it } from "vitest";
import { configurationPage, withConfigurationTable } from "./config-table.ts";

it("docs/configuration.md has the configuration table of the code; otherwise run: bun scripts/config-table.ts", async () => {
  const page = await Bun.file(configurationPage).text();
  expect(withConfigurationTable(page)).toBe(page);
});
