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

/** What a formula says for one output: `adx: 2 * period - 1; plusDi, minusDi: period` speaks of each, others of all. */
function formulaOf(formula: string, output: string): string {
  const parts = formula.split("; ").map((part) => part.split(": "));
  const [, own] = parts.find(([names = "", text]) => text !== undefined && names.split(", ").includes(output)) ?? [];
  return own ?? formula;
}

test.each(INDICATORS)("the formula of the first index says what is computed: $name", (definition) => {
  const names = definition.parameters.map(({ name }) => name);
  for (const parameters of [definition.parameters.map((each) => each.default), [7, 9, 4].slice(0, names.length)]) {
    const said = definition.outputs.map((output) =>
      Number(new Function(...names, `return ${formulaOf(definition.firstIndexFormula, output)}`)(...parameters)),
    );
    expect(said).toEqual(definition.firstIndex(...parameters));
  }
});
