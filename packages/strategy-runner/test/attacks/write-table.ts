/** Writes the table of attacks in docs/sandbox.md: runs each with the fuel and the memory that runs have by default. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_FUEL } from "../../src/limits.ts";
import { makeGuest } from "../make-run.ts";
import { attackTable, comparableTable, TABLE_BEGIN, TABLE_END } from "./attack-table.ts";
import { attacks } from "./attacks.ts";
import { runAttack } from "./run-attack.ts";

const PATH = join(import.meta.dirname, "../../../../docs/sandbox.md");
const guest = makeGuest();
// The first runs of a process cost more: its WebAssembly is compiled in steps.
for (const attack of attacks) runAttack(guest, attack, 1_000_000);
const figures = new Map<string, number>();
for (const attack of attacks) {
  const before = process.cpuUsage();
  const { error } = runAttack(guest, attack, DEFAULT_FUEL);
  const { user, system } = process.cpuUsage(before);
  figures.set(attack.name, (user + system) / 1000);
  const sees = error?.code ?? "ok";
  if (sees !== attack.sees) throw new Error(`${attack.name}: the owner sees ${sees}, not ${attack.sees}`);
}
const document = readFileSync(PATH, "utf8");
if (comparableTable(document) === undefined) throw new Error(`${PATH} has no place for the table`);
const [before, rest = ""] = document.split(TABLE_BEGIN);
const [, after] = rest.split(TABLE_END);
writeFileSync(PATH, `${before}${attackTable(({ name }) => figures.get(name) ?? 0)}${after}`);
process.stdout.write(
  `${attacks.length} attacks; the dearest took ${Math.ceil(Math.max(...figures.values()))} ms of CPU\n`,
);
