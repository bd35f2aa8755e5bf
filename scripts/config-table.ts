/** Puts the configuration table into README.md. `bun scripts/config-table.ts` after a change to the configuration. */
import { configurationTable } from "../apps/bot-service/src/config.ts";

const START = "<!-- configuration table: made by scripts/config-table.ts -->";
const END = "<!-- end of configuration table -->";

/** README's text with the table as it should be. */
export function withConfigurationTable(readme: string): string {
  const [before, rest = ""] = readme.split(START);
  const [, after] = rest.split(END);
  if (after === undefined) throw new Error("README.md has lost the marks of its configuration table");
  return `${before}${START}\n\n${configurationTable()}\n\n${END}${after}`;
}

if (import.meta.main) {
  const file = Bun.file(new URL("../README.md", import.meta.url));
  await Bun.write(file, withConfigurationTable(await file.text()));
}
