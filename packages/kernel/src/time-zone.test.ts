import { expect, it } from "vitest";
import { isTimeZone } from "./time-zone.ts";

it.each([
  ["Europe/Berlin", true],
  ["UTC", true],
  ["", false],
  ["Europe/Atlantis", false],
  ["Berlin", false],
])("tells names of time zones from other texts: %j", (text, isOne) => {
  expect(isTimeZone(text)).toBe(isOne);
});
