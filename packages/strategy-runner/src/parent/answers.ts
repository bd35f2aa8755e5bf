import { isFleetError } from "@shoal/kernel";
import { COLUMN_NAMES } from "../guest/run-series.ts";
import { shownText } from "../guest/shown-text.ts";
import type { AnsweredColumns, WireAnswer } from "../guest/wire.ts";
import { LIMITS } from "../limits.ts";
import type { HostCall, JsonValue } from "../run.types.ts";

/** Asks for the answer to a call. What goes wrong with it fails the call, not the run; the strategy may catch that. */
export async function askAnswer(
  call: HostCall,
  answer: (call: HostCall, signal: AbortSignal) => Promise<JsonValue>,
  signal: AbortSignal,
): Promise<WireAnswer> {
  try {
    return wireAnswer(call, await answer(call, signal));
  } catch (error) {
    // Errors of libraries may carry what no strategy may see: ccxt puts the signed address into its own.
    return failedAnswer(call, isFleetError(error) ? error.message : "the market does not answer");
  }
}

function wireAnswer(call: HostCall, given: JsonValue): WireAnswer {
  const { number } = call;
  if (call.method === "fetchTicker") {
    const { bid, ask, last, timeMs } = fieldsOf(given);
    if (isNumber(bid) && isNumber(ask) && isNumber(last) && isNumber(timeMs)) {
      return { number, kind: "ticker", ticker: { bid, ask, last, timeMs } };
    }
    return failedAnswer(call, "the answer has no bid, ask, last and timeMs");
  }
  const columns = columnsOf(given);
  if (columns === undefined || columns.openMs.length > call.need.count) {
    return failedAnswer(call, "the answer is no candles");
  }
  return { number, kind: "candles", columns };
}

/** The answer to a call that could not be answered. */
function failedAnswer(call: HostCall, reason: string): WireAnswer {
  const message = shownText(failurePrefix(call) + reason, LIMITS.errorCharacters);
  return { number: call.number, kind: "failed", code: "STRATEGY_CALL_FAILED", message };
}

/** What stands before the reason in the message of a call that failed. */
export function failurePrefix({ method }: HostCall): string {
  return `${method} failed: `;
}

function columnsOf(given: JsonValue): AnsweredColumns | undefined {
  const fields = fieldsOf(given);
  const columns = COLUMN_NAMES.map((name) => fields[name]);
  const [first] = columns;
  if (!isNumbers(first) || !columns.every((column) => isNumbers(column) && column.length === first.length)) {
    return undefined;
  }
  return Object.fromEntries(COLUMN_NAMES.map((name, at) => [name, columns[at]])) as unknown as AnsweredColumns;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isNumber);
}
