import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ALERTS } from "./alerts.ts";

const PAGE = join(import.meta.dirname, "../../docs/runbooks/README.md");
const TABLE = /\| alert \| severity \| what \|\n(?:\|.*\n)+/;

/** The page that lists the runbooks, with a row for each alert. */
export function runbookPage(): string {
  const names = [...new Set(ALERTS.map(({ alert }) => alert))];
  const rows = names.map((name) => {
    const own = ALERTS.filter(({ alert }) => alert === name);
    return `| [${name}](${name}.md) | ${own.map(({ severity }) => severity).join(", ")} | ${own[0]?.summary} |\n`;
  });
  const table = `| alert | severity | what |\n| --- | --- | --- |\n${rows.join("")}`;
  return readFileSync(PAGE, "utf8").replace(TABLE, () => table);
}
