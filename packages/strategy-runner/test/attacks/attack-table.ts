import type { Attack } from "./attack.types.ts";
import { attackGroups } from "./attacks.ts";

export const TABLE_BEGIN = "<!-- attacks: written by packages/strategy-runner/test/attacks/write-table.ts -->";
export const TABLE_END = "<!-- end of attacks -->";

/** Processor time as the table shows it: a figure of one machine, not compared. */
const CPU_FIGURE = / \| \d+ ms \|$/gm;

/** Writes the table of docs/sandbox.md. `cpuMs`: what each attack took, where it was measured. */
export function attackTable(cpuMs: (attack: Attack) => number): string {
  const groups = Object.entries(attackGroups).map(([name, attacks]) =>
    [
      `### ${name}`,
      "",
      "| attack | tries | wall | the owner sees | CPU |",
      "| --- | --- | --- | --- | --- |",
      ...attacks.map((attack) => rowOf(attack, cpuMs(attack))),
    ].join("\n"),
  );
  return `${TABLE_BEGIN}\n\n${groups.join("\n\n")}\n\n${TABLE_END}`;
}

function rowOf({ name, tries, wall, sees }: Attack, cpuMs: number): string {
  const result = sees === "ok" ? "the run ends well" : `\`${sees}\``;
  return `| ${cell(name)} | ${cell(tries)} | ${wall} | ${result} | ${Math.ceil(cpuMs)} ms |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("`", "'");
}

/** Returns the table in a document without its figures; undefined if there is none. */
export function comparableTable(document: string): string | undefined {
  const begin = document.indexOf(TABLE_BEGIN);
  const end = document.indexOf(TABLE_END);
  if (begin < 0 || end < begin) return undefined;
  return document.slice(begin, end + TABLE_END.length).replaceAll(CPU_FIGURE, " |");
}
