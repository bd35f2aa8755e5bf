/** Puts the configuration table into docs/configuration.md. `bun scripts/config-table.ts` after a change to the configuration. */
import { configurationTable } from "../apps/bot-service/src/config.ts";

const START = "<!-- configuration table: made by scripts/config-table.ts -->";
const END = "<!-- end of configuration table -->";

export const configurationPage = new URL("../docs/configuration.md", import.meta.url);

/** Returns the text of the page with the right table. */
export function withConfigurationTable(page: string): string {
  const [before, rest = ""] = page.split(START);
  const [, after] = rest.split(END);
  if (after === undefined) throw new Error("docs/configuration.md has lost the marks of its configuration table");
  return `${before}${START}\n\n${configurationTable()}\n\n${END}${after}`;
}

if (import.meta.main) {
  const file = Bun.file(configurationPage);
  await Bun.write(file, withConfigurationTable(await file.text()));
}
