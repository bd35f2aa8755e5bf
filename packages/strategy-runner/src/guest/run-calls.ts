import type { PlainValue } from "../engine/engine.types.ts";
import { LIMITS } from "../limits.ts";
import type { CandlesNeed, HostCall } from "../run.types.ts";
import { readGuestJson } from "./json-text.ts";
import { isSymbol, needOf, needProblem } from "./needs.ts";
import type { RunMeter } from "./run-meter.ts";

/** Calls of a run that wait for an answer from outside. */
export class RunCalls {
  readonly #meter: RunMeter;
  readonly #canAsk: boolean;
  /** Open calls by number, those not sent yet included. */
  readonly #open = new Map<number, HostCall>();
  #unsent: HostCall[] = [];
  #count = 0;
  #candleCount = 0;

  constructor(meter: RunMeter, canAsk: boolean) {
    this.#meter = meter;
    this.#canAsk = canAsk;
  }

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Opens a call and answers its number. */
  ask(method: PlainValue, argument: PlainValue): number {
    this.#meter.call(`market.${String(method)}`, [], argument);
    if (!this.#canAsk) {
      this.#meter.refuse(
        "STRATEGY_CALL_REFUSED",
        "this run cannot wait for the market: name the candles in needs, which are there before it begins",
      );
    }
    if (this.#count >= LIMITS.waitingCallCount) {
      this.#meter.refuse("STRATEGY_CALLS_TOO_MANY", `a run makes at most ${LIMITS.waitingCallCount} calls that wait`);
    }
    const call = this.#read(this.#count + 1, method, argument);
    this.#candleCount += candleCountOf(call);
    if (this.#candleCount > LIMITS.fetchedCandleCount) {
      this.#meter.refuse("STRATEGY_CALLS_TOO_MANY", `a run fetches at most ${LIMITS.fetchedCandleCount} candles`);
    }
    this.#count = call.number;
    this.#open.set(call.number, call);
    this.#unsent.push(call);
    return call.number;
  }

  /** The calls since the last time, which go out together. */
  takeUnsent(): readonly HostCall[] {
    const calls = this.#unsent;
    this.#unsent = [];
    return calls;
  }

  /** Closes a call that is open; undefined for any other number. */
  close(number: number): HostCall | undefined {
    const call = this.#open.get(number);
    this.#open.delete(number);
    return call;
  }

  #read(number: number, method: PlainValue, argument: PlainValue): HostCall {
    const call = readCall({
      number,
      method,
      argument: typeof argument === "string" ? readArgument(argument) : undefined,
    });
    if (typeof call !== "string") return call;
    return this.#meter.refuse("STRATEGY_CALL_FAILED", call);
  }
}

function readArgument(text: string): unknown {
  return text.length > LIMITS.argumentCharacters ? undefined : readGuestJson(text);
}

/** Returns a call, or what is wrong with it. */
function readCall({
  number,
  method,
  argument,
}: {
  number: number;
  method: PlainValue;
  argument: unknown;
}): HostCall | string {
  if (method === "fetchTicker") {
    if (typeof argument !== "string" || !isSymbol(argument)) return "fetchTicker takes the symbol of a market";
    return { number, method, symbol: argument };
  }
  const problem = needProblem(argument, "fetchCandles");
  if (problem !== undefined) return problem;
  return { number, method: "fetchCandles", need: needOf(argument as CandlesNeed) };
}

/** Candles that a call asks for. */
export function candleCountOf(call: HostCall): number {
  return call.method === "fetchCandles" ? call.need.count : 0;
}

/** Reads a call that a child sends; undefined for what is none. */
export function readHostCall(value: unknown): HostCall | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { number, method, symbol, need } = value as Record<string, unknown>;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 1 || number > LIMITS.waitingCallCount) {
    return undefined;
  }
  if (method !== "fetchTicker" && method !== "fetchCandles") return undefined;
  const call = readCall({ number, method, argument: method === "fetchTicker" ? symbol : need });
  return typeof call === "string" ? undefined : call;
}
