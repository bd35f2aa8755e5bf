import { createHash } from "node:crypto";
import { invariant } from "@shoal/kernel";
import type { Handle } from "../engine/engine.types.ts";
import { GuestFailure, GuestThrow } from "../engine/guest-failure.ts";
import type { HostCall, RunError } from "../run.types.ts";
import type { GuestEngine, RunHost } from "./guest-engine.ts";
import { inspectInEngine } from "./inspect.ts";
import { RunCalls } from "./run-calls.ts";
import { loadModule, RunEnded, runError } from "./run-error.ts";
import { RunLog } from "./run-log.ts";
import { RunMeter, StopHere } from "./run-meter.ts";
import { RunOrders } from "./run-orders.ts";
import { COLUMN_NAMES, RunSeries } from "./run-series.ts";
import { RunState } from "./run-state.ts";
import { shownJson } from "./shown-text.ts";
import type { RunMessage, RunReply, SettledTurn, StoppedAt, WireAnswer, WireRequest } from "./wire.ts";

/** What a run may ask of the world. */
export interface RunPorts {
  /**
   * Sends calls and waits until there are answers, to these or to earlier ones; "stop" when there will be none, because the time of
   * the run is over.
   */
  exchange(calls: readonly HostCall[]): readonly WireAnswer[] | "stop";
}

/** Does one run in one engine, which it resets first. Never throws for what the strategy did. `columns`: six for each market of the request. */
export function runInEngine(
  guest: GuestEngine,
  request: WireRequest,
  columns: readonly Float64Array[],
  ports: RunPorts,
): RunReply {
  if (request.entry === "inspect") return inspectInEngine(guest, request);
  const run = new Run(guest, request, columns, ports);
  try {
    return run.end(run.execute());
  } finally {
    guest.host = undefined;
  }
}

class Run {
  readonly #guest: GuestEngine;
  readonly #request: RunMessage;
  readonly #ports: RunPorts;
  readonly #meter: RunMeter;
  readonly #host: RunHost;
  readonly #turns: SettledTurn[] = [];
  #stopped: StoppedAt["call"] | undefined;
  #isComparable = true;

  constructor(guest: GuestEngine, request: RunMessage, columns: readonly Float64Array[], ports: RunPorts) {
    this.#guest = guest;
    this.#request = request;
    this.#ports = ports;
    this.#meter = new RunMeter(guest.engine, request);
    this.#host = {
      meter: this.#meter,
      log: new RunLog(this.#meter),
      orders: new RunOrders(this.#meter, request.openOrders),
      state: new RunState(this.#meter, request.state),
      series: new RunSeries(this.#meter, request.markets, columns),
      calls: new RunCalls(this.#meter, request.canAsk),
      seed: () => seedNumbers(request.seed),
    };
  }

  /** Runs the strategy; returns why it failed. */
  execute(): RunError | undefined {
    this.#guest.host = this.#host;
    try {
      this.#runStrategy();
      return undefined;
    } catch (thrown) {
      if (thrown instanceof RunEnded) return thrown.error;
      if (thrown instanceof StopHere) this.#stopped = thrown.call;
      else if (!(thrown instanceof GuestFailure)) throw thrown;
      if (!(thrown instanceof GuestFailure)) return undefined;
      // The engine's native stack is the machine's: where it ends is not the same everywhere.
      this.#isComparable = thrown.kind !== "trap";
      return runError(thrown, this.#request, this.#meter);
    }
  }

  end(error: RunError | undefined): RunReply {
    const { engine } = this.#guest;
    const { fuel, keepJournal } = this.#request;
    const { log, orders, state } = this.#host;
    const isOk = error === undefined;
    return {
      result: isOk ? "ok" : "failed",
      ...(isOk ? {} : { error }),
      intents: isOk ? orders.intents : [],
      statePatch: isOk ? state.patch() : {},
      logs: log.lines,
      notifications: log.notifications,
      fuel: Math.min(fuel, fuel - engine.fuelLeft()),
      imageHash: keepJournal && this.#isComparable ? engine.imageHash() : "",
      turns: keepJournal ? this.#turns : [],
      ...(this.#stopped === undefined ? {} : { stopped: this.#shownStop(this.#stopped) }),
      ...(this.#meter.calls === undefined ? {} : { calls: this.#meter.calls }),
    };
  }

  #runStrategy(): void {
    const { engine, begin } = this.#guest;
    const { config, nowMs, portfolio, openOrders } = this.#request;
    const namespace = this.#module();
    const ctx = engine.call(begin, JSON.stringify({ config, nowMs, portfolio, openOrders }));
    const run = engine.property(namespace, "run");
    if (!engine.isFunction(run)) {
      throw new RunEnded({ code: "STRATEGY_RUN_MISSING", message: "no function is exported as `run`" });
    }
    const answer = engine.call(run, ctx);
    if (engine.promiseState(answer) === undefined) engine.runJobs();
    else this.#settled(answer);
  }

  /** Resets the engine to where the strategy's module is loaded, and nothing else has happened. */
  #module(): Handle {
    const { engine, modules } = this.#guest;
    const { fuel, nowMs } = this.#request;
    const known = modules.resume(this.#request, { fuel, nowMs });
    if (known !== undefined) return known;
    engine.reset({ fuel, nowMs });
    const namespace = this.#settled(loadModule(engine, this.#request));
    modules.add(this.#request, namespace);
    return namespace;
  }

  /** Runs what there is to do until a promise is settled, and returns its value. */
  #settled(promise: Handle): Handle {
    const { engine } = this.#guest;
    for (;;) {
      engine.runJobs();
      const state = engine.promiseState(promise);
      if (state?.kind === "fulfilled") return state.value;
      if (state?.kind === "rejected") throw state.failure;
      if (!this.#host.calls.hasOpen) {
        throw new RunEnded({
          code: "STRATEGY_NEVER_SETTLES",
          message: "the run waits for a promise that nothing will ever settle",
        });
      }
      this.#waitForAnswers();
    }
  }

  #waitForAnswers(): void {
    const calls = this.#host.calls.takeUnsent();
    const answers = this.#request.recorded === undefined ? this.#ports.exchange(calls) : this.#recorded(calls);
    if (answers === "stop") {
      throw new RunEnded({
        code: "STRATEGY_TIME_LIMIT",
        message: "the time of the run is over, and it still waits for an answer",
      });
    }
    const settled = answers.filter((answer) => this.#settle(answer));
    this.#turns.push({ calls, settled: settled.map(({ number }) => number) });
  }

  #recorded(calls: readonly HostCall[]): readonly WireAnswer[] | "stop" {
    const turn = this.#request.recorded?.[this.#turns.length];
    // The recorded run ended here by its clock.
    if (turn === undefined) return "stop";
    if (JSON.stringify(turn.calls) === JSON.stringify(calls)) return turn.answers;
    throw new RunEnded({
      code: "STRATEGY_REPLAY_DIVERGED",
      message: "the replay asks for something else than the recorded run",
    });
  }

  /** Hands an answer to the strategy; false if nobody waits for it. */
  #settle(answer: WireAnswer): boolean {
    const call = this.#host.calls.close(answer.number);
    if (call === undefined) return false;
    const { kind, told } = this.#told(call, answer);
    this.#guest.engine.call(this.#guest.settle, call.number, kind, JSON.stringify(told));
    return true;
  }

  /** What the glue is told of an answer. */
  #told(call: HostCall, answer: WireAnswer): { readonly kind: WireAnswer["kind"]; readonly told: unknown } {
    const { number } = call;
    if (answer.kind === "ticker") {
      this.#meter.settled(number, "answered", () => shownJson(JSON.stringify(answer.ticker)));
      return { kind: "ticker", told: answer.ticker };
    }
    if (answer.kind === "failed") return this.#toldFailure(number, answer.code, answer.message);
    invariant(call.method === "fetchCandles", "candles answer a call for candles");
    const columns = COLUMN_NAMES.map((name) => Float64Array.from(answer.columns[name]));
    const { symbol, timeframe } = call.need;
    try {
      const { series } = this.#host;
      const handle = series.addCandles(columns);
      this.#meter.settled(number, "answered", () => series.shownCandles(handle));
      return { kind: "candles", told: { handle, symbol, timeframe, length: columns[0]?.length } };
    } catch (thrown) {
      if (!(thrown instanceof GuestThrow)) throw thrown;
      return this.#toldFailure(number, thrown.code, thrown.message);
    }
  }

  #toldFailure(number: number, code: string | undefined, message: string) {
    this.#meter.settled(number, "refused", () => shownJson(`${code}: ${message}`));
    return { kind: "failed", told: { code, message } } as const;
  }

  #shownStop(call: StoppedAt["call"]): StoppedAt {
    const { config, nowMs, portfolio, openOrders } = this.#request;
    return { call, config, nowMs, portfolio, openOrders, state: this.#host.state.now() };
  }
}

/** Four numbers of 32 bits from a seed of any length. */
function seedNumbers(seed: string): Float64Array {
  const digest = createHash("sha256").update(seed).digest();
  return Float64Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at));
}
