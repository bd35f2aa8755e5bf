import { expect, test } from "vitest";
import { hasManyDigits, isImproperName, isUnrepeatable } from "./repeatable.ts";

test.each(["insta", "Snapchat", "E-Mail", "my-number", "07700900123", "4111-11", "Fück", "password"])(
  "%s is not said back, nor what stands with it",
  (word) => {
    expect(isUnrepeatable(word)).toBe(true);
    expect(isImproperName(word)).toBe(true);
  },
);

test.each(["jazz", "1996", "10am", "instant", "compass", "Dotty", "mailbox-red"])("%s may be said back", (word) => {
  expect(isUnrepeatable(word)).toBe(false);
});

test.each(["Sexgod", "Pornstar", "Satan", "Master"])("%s is nobody's name", (word) => {
  expect(isImproperName(word)).toBe(true);
});

test.each(["Sexton", "Jesus", "Adolf", "Titus", "Anna-Lena"])("%s is a name", (word) => {
  expect(isImproperName(word)).toBe(false);
});

test("a number of more than four digits is one to be dialled, whatever stands between them", () => {
  expect(["0770 1", "1996"].map(hasManyDigits)).toEqual([true, false]);
});
