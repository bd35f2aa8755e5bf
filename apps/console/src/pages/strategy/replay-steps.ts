import type { ReplayBody } from "@shoal/bot-service/bodies";

export type ReplayCall = ReplayBody["calls"][number];

/** What a strategy has said and wanted before a call. */
export interface ReplayStep {
  /** Values as JSON, as far as they are known: long ones are cut. */
  readonly state: readonly (readonly [key: string, json: string])[];
  readonly logs: readonly { readonly level: string; readonly text: string }[];
  readonly orders: readonly string[];
  readonly notifications: readonly string[];
}

/** How a call stands in a source: `ta.sma(5)`. */
export const callText = ({ name, arguments: given }: Pick<ReplayCall, "name" | "arguments">) =>
  `${name}(${given.join(", ")})`;

/** How far one is in a run: before the call at `index` of the list, or at its end. */
export function stepAt({ before, calls }: ReplayBody, index: number): ReplayStep {
  const state = new Map(Object.entries(before.state).map(([key, value]) => [key, JSON.stringify(value)]));
  const done = calls.slice(0, index).filter(({ outcome }) => outcome === "answered");
  for (const { name, arguments: given } of done) {
    const key = textOf(given[0] ?? "");
    // To set a key to null is to forget it.
    if (name === "state.set" && given[1] !== "null") state.set(key, given[1] ?? "");
    else if (name === "state.set" || name === "state.delete") state.delete(key);
  }
  const named = (name: string) => done.filter((call) => call.name === name).map((call) => call.arguments);
  return {
    state: [...state].toSorted(([left], [right]) => (left < right ? -1 : 1)),
    logs: named("log").map(([level = "", text = ""]) => ({ level: textOf(level), text: textOf(text) })),
    orders: done.filter(({ name }) => name.startsWith("orders.")).map(orderText),
    notifications: named("notify").map(([text = ""]) => textOf(text)),
  };
}

function orderText({ name, arguments: given }: ReplayCall): string {
  const [first = "", side = "", type = "", quantity = "", price = "undefined"] = given.map(textOf);
  if (name === "orders.cancel") return `cancel ${first}`;
  return `${side} ${quantity} ${first} ${type}${price === "undefined" ? "" : ` ${price}`}`;
}

/** What the daemon writes out of a text, apart from the escapes of JSON. */
const WRITTEN_OUT = /\\(?:u\{([0-9a-f]{1,6})\}|.)/gs;

/** An argument as the strategy gave it; as it is shown where it was cut, or is no text. */
export function textOf(shown: string): string {
  try {
    const json = shown.replaceAll(WRITTEN_OUT, (whole, code: string | undefined) =>
      code === undefined ? whole : String.fromCodePoint(Number.parseInt(code, 16)),
    );
    const value: unknown = JSON.parse(json);
    return typeof value === "string" ? value : shown;
  } catch {
    return shown;
  }
}

/** Where the next key leads in a list of so many places, the end among them; undefined: nowhere. */
export function stepByKey(key: string, index: number, last: number): number | undefined {
  const to = {
    ArrowDown: index + 1,
    ArrowRight: index + 1,
    ArrowUp: index - 1,
    ArrowLeft: index - 1,
    PageDown: index + 10,
    PageUp: index - 10,
    Home: 0,
    End: last,
  }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(last, to));
}
