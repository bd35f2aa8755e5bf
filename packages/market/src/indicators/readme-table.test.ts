import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { INDICATORS } from "../index.ts";

const cell = (text: string) => text.replaceAll("|", "\\|");

function table(): string {
  const rows = INDICATORS.map(({ name, title, inputs, parameters, outputs, formula, firstIndexFormula, source }) => {
    const call = `${name}(${[inputs.join(", "), ...parameters.map((each) => `${each.name} = ${each.default}`)].join("; ")})`;
    const bounds = parameters.map(({ name: parameter, min, max }) => `${parameter} ${min} to ${max}`).join(", ");
    const answers = outputs.length === 1 ? "" : ` → ${outputs.join(", ")}`;
    return [`\`${call}\`${answers}`, `${title}: ${formula}`, firstIndexFormula, bounds, source].map(cell).join(" | ");
  });
  const head = ["indicator, inputs and defaults", "formula", "first value at index", "bounds", "rules of"];
  return ["", head.join(" | "), head.map(() => "---").join(" | "), ...rows]
    .map((row) => (row === "" ? "" : `| ${row} |`))
    .join("\n")
    .trimStart();
}

test("the README has the table of the indicators as they are", () => {
  const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
  expect(readme).toContain(table());
});
