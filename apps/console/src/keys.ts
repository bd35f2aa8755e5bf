import { signal } from "@preact/signals";
import { kept } from "./adapters/browser.ts";

/** Whether single keys do something. Who speaks to the computer, or slips on its keys, turns them off. */
export const areKeysOn = signal(kept.get("shortcuts") !== "off");

/** Whether the list of keys is open. */
export const areKeysListed = signal(false);

export function turnKeys(isOn: boolean): void {
  areKeysOn.value = isOn;
  kept.set("shortcuts", isOn ? "on" : "off");
}
