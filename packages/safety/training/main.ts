/** `bun packages/safety/training/main.ts` writes src/learned/weights.ts from lines/; `--held-out` measures instead. About a minute. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { featuresOf } from "../src/learned/features.ts";
import { digestOf, type Line, readLines } from "./lines.ts";
import { packed, QUESTIONS, type Question, train, worst } from "./train.ts";

const FOLDS = 5;
const FALSE_ALARMS = [0.01, 0.02, 0.03, 0.05];

const lines = readLines();
const examples = lines.map((line) => ({ ...line, windows: featuresOf(line.text) }));
const questions = Object.entries(QUESTIONS) as [string, Question][];
say(`${lines.length} lines\n`);
if (process.argv.includes("--held-out")) for (const question of questions) heldOut(...question);
else write();

/** Trains on four fifths and asks about the rest, five times: what lines that were never seen are taken for. */
function heldOut(name: string, question: Question): void {
  const scored: { line: Line; score: number }[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const { bias, places } = train(
      examples.filter((_, index) => index % FOLDS !== fold),
      question,
    );
    examples.forEach(({ windows, ...line }, index) => {
      if (index % FOLDS === fold) scored.push({ line, score: worst(windows, places, bias).score });
    });
    say(`${name}: ${fold + 1} of ${FOLDS}\r`);
  }
  const positive = scored.filter(({ line }) => question.yes.includes(line.about)).map(({ score }) => score);
  const negative = scored.filter(({ line }) => question.no.includes(line.about)).map(({ score }) => score);
  negative.sort((one, other) => other - one);
  const columns = FALSE_ALARMS.map((share) => {
    const threshold = negative[Math.floor(share * negative.length)] ?? 0;
    const found = positive.filter((score) => score > threshold).length / positive.length;
    return `${(100 * found).toFixed(1)} % at ${100 * share} % false alarms (${threshold.toFixed(2)})`;
  });
  say(`${name}: ${columns.join(", ")}\n`);
}

function write(): void {
  const sets = questions.map(([name, question]) => {
    const { bias, unit, steps } = packed(train(examples, question));
    say(`${name}: ${Math.round(steps.length / 1000)} kB\n`);
    return `export const ${name.toUpperCase()} = {\n  bias: ${bias},\n  unit: ${unit},\n  steps:\n    "${steps}",\n};\n`;
  });
  const head = `/** Written by training/main.ts. */\n\n/** SHA-256 of the lines that these are from. */\nexport const LINES_DIGEST =\n  "${digestOf(lines)}";\n\n`;
  writeFileSync(join(import.meta.dirname, "../src/learned/weights.ts"), `${head}${sets.join("\n")}`);
}

function say(text: string): void {
  process.stdout.write(text);
}
