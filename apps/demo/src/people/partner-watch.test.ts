import { createSimulatedClock, leakCheck } from "@shoal/testkit";
import { expect, it } from "vitest";
import { ABSENCE_MS, PartnerWatch } from "./partner-watch.ts";

const leaks = leakCheck();

function make() {
  const clock = leaks.clock(createSimulatedClock());
  const told: string[] = [];
  const watch = new PartnerWatch(clock, {
    onPartnerPresent: () => void told.push("present"),
    onPartnerLeft: () => void told.push("left"),
  });
  return { clock, told, watch };
}

it("takes a partner for gone who was there and is missing for 3 s", async () => {
  const { clock, told, watch } = make();
  watch.update(true);
  watch.update(false);
  await clock.advance(ABSENCE_MS - 1);
  watch.update(false);
  expect(told).toEqual(["present"]);
  await clock.advance(1);
  expect(told).toEqual(["present", "left"]);
});

it("does not mind a partner who comes back in time", async () => {
  const { clock, told, watch } = make();
  watch.update(true);
  watch.update(false);
  await clock.advance(ABSENCE_MS - 1);
  watch.update(true);
  await clock.advance(ABSENCE_MS);
  expect(told).toEqual(["present", "present"]);
});

it("judges nobody who was never there, nor while the room itself is lost", async () => {
  const { clock, told, watch } = make();
  watch.update(false);
  await clock.advance(ABSENCE_MS);
  expect(told).toEqual([]);
  watch.update(true);
  watch.update(false);
  watch.forget();
  await clock.advance(ABSENCE_MS);
  expect(told).toEqual(["present"]);
});
