import { createHash } from "node:crypto";
import { INDICATORS } from "@shoal/market";
import type { Engine, Handle, HostFunction, PlainValue } from "../engine/engine.types.ts";
import { HASH_FORM } from "../engine/linear-memory.ts";
import { LoadedModules } from "./loaded-modules.ts";
import type { RunCalls } from "./run-calls.ts";
import type { RunLog } from "./run-log.ts";
import type { RunMeter } from "./run-meter.ts";
import type { RunOrders } from "./run-orders.ts";
import type { RunSeries } from "./run-series.ts";
import type { RunState } from "./run-state.ts";
import { shownArgument, shownJson } from "./shown-text.ts";

/** What the strategy of the current run reaches. */
export interface RunHost {
  readonly meter: RunMeter;
  readonly log: RunLog;
  readonly orders: RunOrders;
  readonly state: RunState;
  readonly series: RunSeries;
  readonly calls: RunCalls;
  /** Four numbers of 32 bits, which decide what is drawn. */
  seed(): Float64Array;
}

/** An engine with the glue in its base image: it does one run after the other. */
export interface GuestEngine {
  readonly engine: Engine;
  /** sha256 over the engine's build and the glue: fuel and image hashes compare only between equal builds. */
  readonly buildId: string;
  /** Functions of the glue. */
  readonly begin: Handle;
  readonly settle: Handle;
  readonly inspect: Handle;
  readonly modules: LoadedModules;
  /** Whose calls the host functions take; undefined between runs. */
  host: RunHost | undefined;
}

const GLUE_NAME = "ctx.js";
const START = { fuel: 1_000_000_000, nowMs: 0 };

/** Loads the glue into a new engine and captures its image. `glueSource` is the text of glue.js. */
export function createGuestEngine(engine: Engine, glueSource: string): GuestEngine {
  const guest: { host: RunHost | undefined } = { host: undefined };
  const functions = hostFunctions(() => {
    if (guest.host === undefined) throw new Error("a host function was called between runs");
    return guest.host;
  });
  const names = Object.keys(functions);
  const table = engine.call(
    engine.evaluate(`(${names.join()}) => Object.freeze({ ${names.join()} })`, GLUE_NAME),
    ...Object.entries(functions).map(([name, body]) =>
      engine.hostFunction(body, { takesColumns: name === "seriesOf" }),
    ),
  );
  const glue = engine.call(engine.evaluate(glueSource, GLUE_NAME), table, describeIndicators());
  const handles = {
    begin: engine.property(glue, "begin"),
    settle: engine.property(glue, "settle"),
    inspect: engine.property(glue, "inspect"),
  };
  engine.capture();
  // The first run of all must find what every other finds.
  engine.reset(START);
  const modules = new LoadedModules(engine);
  return Object.assign(guest, { engine, modules, buildId: buildIdOf(engine.buildId, glueSource), ...handles });
}

/** Fuel and image depend on the engine and on the glue, and on the list of indicators that is in the image; its hash on the form, too. */
export function buildIdOf(engineBuildId: string, glueSource: string): string {
  const parts = [engineBuildId, glueSource, describeIndicators(), HASH_FORM];
  return parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
}

function describeIndicators(): string {
  return JSON.stringify(
    INDICATORS.map(({ name, inputs, parameters, outputs }) => ({
      name,
      inputs,
      parameterCount: parameters.length,
      outputs,
    })),
  );
}

function hostFunctions(host: () => RunHost): Record<string, HostFunction> {
  /** For those that are calls of `ctx`: who goes through a run sees what they answer. */
  const noted =
    (body: HostFunction, shown: (value: PlainValue, ...args: PlainValue[]) => string = shownArgument): HostFunction =>
    (...args) =>
      host().meter.answer(
        () => body(...args),
        (value) => shown(value, ...args),
      );
  return {
    log: noted((level, text) => host().log.log(level, text)),
    notify: noted((text) => host().log.notify(text)),
    place: noted((...args) => host().orders.place(...args)),
    cancel: noted((orderId) => host().orders.cancel(orderId)),
    stateGet: noted((key) => host().state.get(key), shownJson),
    stateSet: noted((key, text) => host().state.set(key, text)),
    stateDelete: noted((key) => host().state.delete(key)),
    stateKeys: noted(() => host().state.keys(), shownJson),
    candles: noted(
      (symbol, timeframe) => host().series.candles(symbol, timeframe),
      (handle) => host().series.shownCandles(handle),
    ),
    seriesLast: (handle) => host().series.last(handle),
    seriesLength: (handle) => host().series.length(handle),
    seriesValues: (handle) => host().series.values(handle),
    seriesOf: (values) => host().series.add(values),
    indicator: noted(
      (...args) => host().series.indicator(...args),
      (handle, index) => host().series.shownIndicator(handle, index),
    ),
    ask: (method, argument) => host().meter.asks(() => host().calls.ask(method, argument)),
    seed: () => host().seed(),
  };
}
