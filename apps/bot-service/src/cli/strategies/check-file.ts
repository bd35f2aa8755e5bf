import { printable } from "@shoal/kernel";
import type { CheckedCode, CheckResult } from "@shoal/strategy-runner";
import type { Answer } from "../answer.ts";
import { countText } from "../backtest/figures-view.ts";
import { readSource } from "../backtest/inputs.ts";
import type { Sandbox } from "../backtest/sandbox.ts";
import { errorLines } from "../backtest/source-frame.ts";
import { row } from "../drawing.ts";

/** Makes of a file what a deploy would make of it, without a daemon. Exit code 1 where it would be refused. */
export async function checkFile(path: string, sandbox: Pick<Sandbox, "check">): Promise<Answer> {
  const { source, language } = readSource(path);
  const result = await sandbox.check(source, language);
  return { text: drawCheck(path, source, result), json: checkBody(path, result), exitCode: result.ok ? 0 : 1 };
}

/** Draws what was found wrong, as a compiler does it, or what the strategy needs and may be set to. */
function drawCheck(path: string, source: string, result: CheckResult): string {
  if (!result.ok) {
    const { diagnostics } = result;
    const lines = diagnostics.flatMap((each) => errorLines(path, source, each));
    return `${[...lines, `${countText(diagnostics.length, "error")}: this would not be deployed`].join("\n")}\n`;
  }
  const { code } = result;
  const lines = [
    `${path} can be deployed`,
    row("needs", needsText(code)),
    row("config", JSON.stringify(code.config)),
    row("sha256", code.sha256),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** Says which candles a strategy wants: `BTC/USDT 1h (100)`. */
function needsText({ needs }: Pick<CheckedCode, "needs">): string {
  return needs.candles.map(({ symbol, timeframe, count }) => `${symbol} ${timeframe} (${count})`).join(", ") || "none";
}

function checkBody(path: string, result: CheckResult) {
  if (!result.ok) return { strategy: path, ok: false, diagnostics: result.diagnostics };
  const { needs, config, sha256 } = result.code;
  return { strategy: path, ok: true, needs, config, sha256 };
}
