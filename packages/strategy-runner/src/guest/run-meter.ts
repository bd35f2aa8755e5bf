import type { Engine, PlainValue } from "../engine/engine.types.ts";
import { GuestThrow } from "../engine/guest-failure.ts";
import type { StrategyErrorCode } from "../strategy-error.ts";
import { CallList } from "./call-list.ts";
import { shownArgument, shownJson } from "./shown-text.ts";
import type { RunMessage, SeenCall, StoppedAt } from "./wire.ts";

/** Fuel of any call to the host: what it costs in time, two microseconds at most. */
const CALL_FUEL = 300;
/** Characters that are read, checked or copied for one unit. */
const CHARACTERS_PER_UNIT = 2;

/** Refusals that are remembered: one that a run ends by is among the newest. */
const MOST_REFUSALS = 100;

/** Ends a run before the call at which a replay is to stop. */
export class StopHere extends Error {
  override readonly name = "StopHere";
  readonly call: StoppedAt["call"];
  constructor(call: StoppedAt["call"]) {
    super("the replay stops here");
    this.call = call;
  }
}

/** Counts what a strategy calls, makes it pay, and refuses. */
export class RunMeter {
  readonly #engine: Engine;
  readonly #stopAt: number | undefined;
  readonly #startFuel: number;
  readonly #list: CallList | undefined;
  /** Codes by message of what was refused: an error that comes out of the run uncaught is known by it. */
  readonly #refusals = new Map<string, StrategyErrorCode>();
  #callCount = 0;

  constructor(engine: Engine, { fuel, stopAt, listsCalls }: Pick<RunMessage, "fuel" | "stopAt" | "listsCalls">) {
    this.#engine = engine;
    this.#stopAt = stopAt;
    this.#startFuel = fuel;
    this.#list = listsCalls ? new CallList() : undefined;
  }

  /** The newest calls; undefined where they are not listed. */
  get calls(): readonly SeenCall[] | undefined {
    return this.#list?.calls;
  }

  /** Counts a call of `ctx`. `jsonText`: its last argument, where that comes as JSON. */
  call(name: string, args: readonly PlainValue[], ...jsonText: readonly PlainValue[]): void {
    this.#callCount += 1;
    const shown = () => [...args.map(shownArgument), ...jsonText.map(shownJson)];
    if (this.#callCount === this.#stopAt) {
      throw new StopHere({ number: this.#callCount, name, arguments: shown() });
    }
    const fuel = this.#startFuel - this.#engine.fuelLeft();
    this.#list?.begin({ number: this.#callCount, name, arguments: shown(), fuel });
    this.burn(CALL_FUEL);
    for (const argument of args) this.#burnText(argument);
    for (const argument of jsonText) this.#burnText(argument);
  }

  /** Carries out what makes one call of `ctx`, and notes its answer where calls are listed. */
  answer(act: () => PlainValue, shown: (value: PlainValue) => string): PlainValue {
    const list = this.#list;
    if (list === undefined) return act();
    const before = this.#callCount;
    try {
      const value = act();
      if (this.#callCount > before) list.answered(this.#callCount, shown(value));
      return value;
    } catch (thrown) {
      if (this.#callCount > before) list.refused(this.#callCount, thrown);
      throw thrown;
    }
  }

  /** The same for a call that waits for the world; `act` returns the number under which it is asked. */
  asks(act: () => number): number {
    let asked = 0;
    this.answer(
      () => {
        asked = act();
        return asked;
      },
      () => "",
    );
    this.#list?.waits(this.#callCount, asked);
    return asked;
  }

  /** Notes the world's answer to a call that waited. */
  settled(asked: number, outcome: "answered" | "refused", shown: () => string): void {
    this.#list?.settled(asked, { outcome, answer: this.#list ? shown() : "" });
  }

  burn(units: number): void {
    this.#engine.burn(units);
  }

  #burnText(argument: PlainValue): void {
    if (typeof argument === "string") this.burn(argument.length / CHARACTERS_PER_UNIT);
  }

  /** Refuses a call: throws an error with this code in the strategy. */
  refuse(code: StrategyErrorCode, message: string): never {
    this.#refusals.set(message, code);
    const [oldest] = this.#refusals.keys();
    if (this.#refusals.size > MOST_REFUSALS && oldest !== undefined) this.#refusals.delete(oldest);
    throw new GuestThrow(message, code);
  }

  /** The code of an error that the host threw into the strategy; undefined for the strategy's own. */
  codeOf(message: string): StrategyErrorCode | undefined {
    return this.#refusals.get(message);
  }
}
