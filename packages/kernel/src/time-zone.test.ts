import { expect, it } from "vitest";
import { isTimeZone, writtenTimeZone } from "./time-zone.ts";

it.each([
  ["Europe/Berlin", true],
  ["UTC", true],
  ["", false],
  ["Europe/Atlantis", false],
  ["Berlin", false],
])("tells names of time zones from other texts: %j", (text, isOne) => {
  expect(isTimeZone(text)).toBe(isOne);
});

it.each([
  ["europe/BERLIN", "Europe/Berlin"],
  ["utc", "UTC"],
  ["etc/gmt+5", "Etc/GMT+5"],
])("writes the name of a time zone as it is in the list of them: %j", (text, name) => {
  expect(writtenTimeZone(text)).toBe(name);
});

it("writes all spellings of a name that runtimes list differently as one", () => {
  expect(writtenTimeZone("asia/KATHMANDU")).toBe(writtenTimeZone("Asia/Kathmandu"));
});
