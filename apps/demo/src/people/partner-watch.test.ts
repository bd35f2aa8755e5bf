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
  watch.look(true);
  watch.look(false);
  await clock.advance(ABSENCE_MS - 1);
  watch.look(false);
  expect(told).toEqual(["present"]);
  await clock.advance(1);
  expect(told).toEqual(["present", "left"]);
});

it("does not mind a partner who comes back in time", async () => {
  const { clock, told, watch } = make();
  watch.look(true);
  watch.look(false);
  await clock.advance(ABSENCE_MS - 1);
  watch.look(true);
  await clock.advance(ABSENCE_MS);
  expect(told).toEqual(["present", "present"]);
});

it("judges nobody who was never there, nor while the room itself is lost", async () => {
  const { clock, told, watch } = make();
  watch.look(false);
  await clock.advance(ABSENCE_MS);
  expect(told).toEqual([]);
  watch.look(true);
  watch.look(false);
  watch.forget();
  await clock.advance(ABSENCE_MS);
  expect(told).toEqual(["present"]);
});
