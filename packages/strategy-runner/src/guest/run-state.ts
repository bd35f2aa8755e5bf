import { isStorableText, MAX_JSON_LEVELS } from "@shoal/kernel";
import type { PlainValue } from "../engine/engine.types.ts";
import { LIMITS } from "../limits.ts";
import type { JsonObject, JsonValue } from "../run.types.ts";
import { readGuestJson } from "./json-text.ts";
import type { RunMeter } from "./run-meter.ts";

/** The state as a whole is JSON that the next run is given: its keys are a level of their own. */
const MOST_VALUE_LEVELS = MAX_JSON_LEVELS - 1;

/** What a strategy remembers: the state before the run as it was given, and the changes of this run, as JSON. */
export class RunState {
  readonly #meter: RunMeter;
  readonly #before: JsonObject;
  /** Undefined where the key was deleted. */
  readonly #changes = new Map<string, string | undefined>();
  /** JSON of all keys; made when something is changed first. */
  #texts: Map<string, string> | undefined;
  #byteCount = 0;

  constructor(meter: RunMeter, before: JsonObject) {
    this.#meter = meter;
    this.#before = before;
  }

  get(key: PlainValue): string | undefined {
    this.#meter.call("state.get", [key]);
    const text = typeof key === "string" ? this.#read(key) : undefined;
    this.#meter.burn((text?.length ?? 0) / 2);
    return text;
  }

  set(key: PlainValue, text: PlainValue): undefined {
    this.#meter.call("state.set", [key], text);
    if (!isStateKey(key)) {
      this.#refuse(
        `a key of the state is a text of 1 to ${LIMITS.stateKeyCharacters} characters, without U+0000, and not "__proto__"`,
      );
    }
    if (typeof text !== "string") this.#refuse(`the value for ${JSON.stringify(key)} is nothing that JSON can hold`);
    // Refused before it is read: reading costs more than a look at its length.
    if (text.length > LIMITS.stateBytes) this.#refuseSize();
    const value = readGuestJson(text, MOST_VALUE_LEVELS);
    if (value === undefined) {
      this.#refuse(`the value for ${JSON.stringify(key)} is nested deeper than ${MOST_VALUE_LEVELS} levels`);
    }
    this.#change(key, value === null ? undefined : JSON.stringify(value));
  }

  delete(key: PlainValue): undefined {
    this.#meter.call("state.delete", [key]);
    if (typeof key === "string" && this.#read(key) !== undefined) this.#change(key, undefined);
  }

  keys(): string {
    this.#meter.call("state.keys", []);
    return JSON.stringify([...this.#allTexts().keys()].sort());
  }

  /** The whole state as it is now. */
  now(): JsonObject {
    return Object.fromEntries([...this.#allTexts()].map(([key, text]) => [key, JSON.parse(text) as JsonValue]));
  }

  patch(): Record<string, JsonValue> {
    return Object.fromEntries(
      [...this.#changes].map(([key, text]) => [key, text === undefined ? null : (JSON.parse(text) as JsonValue)]),
    );
  }

  #read(key: string): string | undefined {
    if (this.#changes.has(key)) return this.#changes.get(key);
    return Object.hasOwn(this.#before, key) ? JSON.stringify(this.#before[key]) : undefined;
  }

  #change(key: string, text: string | undefined): void {
    const texts = this.#allTexts();
    const byteCount = this.#byteCount - sizeOf(key, texts.get(key)) + sizeOf(key, text);
    // What only shrinks is let through: a state that was too large already must be able to become smaller.
    if (byteCount > LIMITS.stateBytes && byteCount > this.#byteCount) this.#refuseSize();
    if (text !== undefined && !texts.has(key) && texts.size >= LIMITS.stateKeyCount) this.#refuseSize();
    this.#byteCount = byteCount;
    if (text === undefined) texts.delete(key);
    else texts.set(key, text);
    // A key that came and went within the run has not changed.
    if (text === undefined && !Object.hasOwn(this.#before, key)) this.#changes.delete(key);
    else this.#changes.set(key, text);
  }

  #allTexts(): Map<string, string> {
    if (this.#texts === undefined) {
      this.#texts = new Map(Object.entries(this.#before).map(([key, value]) => [key, JSON.stringify(value)]));
      for (const [key, text] of this.#texts) this.#byteCount += sizeOf(key, text);
      this.#meter.burn(this.#byteCount / 2);
    }
    return this.#texts;
  }

  #refuseSize(): never {
    this.#meter.refuse(
      "STRATEGY_STATE_TOO_LARGE",
      `the state has at most ${LIMITS.stateKeyCount} keys and ${LIMITS.stateBytes} bytes of JSON`,
    );
  }

  #refuse(message: string): never {
    return this.#meter.refuse("STRATEGY_STATE_INVALID", message);
  }
}

/** Returns whether a value may be a key of the state. */
export function isStateKey(key: unknown): key is string {
  if (typeof key !== "string" || key.length === 0 || key.length > LIMITS.stateKeyCharacters) return false;
  return key !== "__proto__" && isStorableText(key);
}

/** Bytes of an entry, as JSON; 0 where there is none. */
function sizeOf(key: string, text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(text) + 4;
}
