import { isJson } from "../guest/json-text.ts";
import { needOf, needProblem } from "../guest/needs.ts";
import { LIMITS } from "../limits.ts";
import type { CandlesNeed, CheckedCode, JsonObject } from "../run.types.ts";
import type { StrategyErrorCode } from "../strategy-error.ts";

/** What is wrong with an export. */
export interface ExportProblem {
  readonly exportName: "run" | "needs" | "config";
  readonly code: StrategyErrorCode;
  readonly message: string;
}

export type ReadExports =
  | { readonly kind: "exports"; readonly exports: Pick<CheckedCode, "needs" | "config"> }
  | { readonly kind: "problems"; readonly problems: readonly ExportProblem[] };

/** Reads what a module exports, as the sandbox wrote it down. */
export function readExports(text: string): ReadExports {
  const { hasRun, losses, needs, config } = JSON.parse(text) as Record<string, unknown>;
  const problems: ExportProblem[] = [];
  if (hasRun !== true) {
    const message = "No function is exported as `run`: write `export async function run(ctx) { … }`.";
    problems.push({ exportName: "run", code: "STRATEGY_RUN_MISSING", message });
  }
  const lost = (losses ?? {}) as { readonly needs?: string; readonly config?: string };
  const needsProblem = lost.needs === undefined ? problemOfNeeds(needs) : `\`needs\` cannot be kept: ${lost.needs}.`;
  if (needsProblem !== undefined) {
    problems.push({ exportName: "needs", code: "STRATEGY_NEEDS_INVALID", message: needsProblem });
  }
  const configProblem =
    lost.config === undefined ? problemOfConfig(config) : `\`config\` cannot be kept: ${lost.config}.`;
  if (configProblem !== undefined) {
    problems.push({ exportName: "config", code: "STRATEGY_CONFIG_INVALID", message: configProblem });
  }
  if (problems.length > 0) return { kind: "problems", problems };
  const candles = ((needs as { candles?: readonly CandlesNeed[] } | undefined)?.candles ?? []).map(needOf);
  return { kind: "exports", exports: { needs: { candles }, config: (config ?? {}) as JsonObject } };
}

function problemOfNeeds(needs: unknown): string | undefined {
  if (needs === undefined) return undefined;
  if (typeof needs !== "object" || needs === null || Array.isArray(needs)) return "`needs` must be an object.";
  const unknown = Object.keys(needs).find((key) => key !== "candles");
  if (unknown !== undefined)
    return `\`needs\` has no ${JSON.stringify(unknown.slice(0, 40))}: it may have \`candles\`.`;
  const { candles } = needs as { candles?: unknown };
  if (candles === undefined) return undefined;
  if (!Array.isArray(candles)) return "`needs.candles` must be an array.";
  if (candles.length > LIMITS.needCount)
    return `\`needs.candles\` names ${candles.length} series, and may name ${LIMITS.needCount}.`;
  for (const [index, need] of candles.entries()) {
    const problem = needProblem(need, `needs.candles[${index}]`);
    if (problem !== undefined) return `${problem}.`;
  }
  return problemOfAll(candles as readonly CandlesNeed[]);
}

function problemOfAll(candles: readonly CandlesNeed[]): string | undefined {
  const markets = candles.map(({ symbol, timeframe }) => `${symbol} ${timeframe}`);
  const twice = markets.find((market, index) => markets.indexOf(market) !== index);
  if (twice !== undefined) return `\`needs.candles\` names ${twice} twice.`;
  const count = candles.reduce((sum, need) => sum + need.count, 0);
  if (count <= LIMITS.candlesOfAllNeeds) return undefined;
  return `\`needs.candles\` asks for ${count} candles in all, and may ask for ${LIMITS.candlesOfAllNeeds}.`;
}

function problemOfConfig(config: unknown): string | undefined {
  if (config === undefined) return undefined;
  if (typeof config !== "object" || config === null || Array.isArray(config))
    return "`config` must be an object of settings.";
  if (!isJson(config)) return "`config` is nested too deep.";
  const byteCount = Buffer.byteLength(JSON.stringify(config));
  if (byteCount <= LIMITS.configBytes) return undefined;
  return `\`config\` has ${byteCount} bytes of JSON, and may have ${LIMITS.configBytes}.`;
}
