import { expect, it } from "vitest";
import { printableMessage } from "./said.ts";

const [ZWNJ, ZWJ] = ["\u200c", "\u200d"];

it.each([
  ["Hi <b>", "Hi <b>"],
  ["one\ntwo\r\nthree", "one\ntwo\nthree"],
  [`far${"\n".repeat(4000)}away`, "far\n\naway"],
  [`می${ZWNJ}خواهم`, `می${ZWNJ}خواهم`],
  [`क्${ZWJ}ष`, `क्${ZWJ}ष`],
  [`👩🏽${ZWJ}🚀 👨${ZWJ}👩${ZWJ}👧 ❤️${ZWJ}🔥`, `👩🏽${ZWJ}🚀 👨${ZWJ}👩${ZWJ}👧 ❤️${ZWJ}🔥`],
  [`A${ZWNJ}nn ${ZWJ} ${ZWJ}👩`, "A\\u{200c}nn \\u{200d} \\u{200d}👩"],
  [`👨${ZWJ}${ZWJ}👩`, "👨\\u{200d}\\u{200d}👩"],
  [
    "\u202eevil\u202c \u2066x\u2069 \u0007\u009b\ufeff\u2028",
    "\\u{202e}evil\\u{202c} \\u{2066}x\\u{2069} \\u{7}\\u{9b}\\u{feff}\\u{2028}",
  ],
])("shows %j as %j", (text, shown) => expect(printableMessage(text)).toBe(shown));
