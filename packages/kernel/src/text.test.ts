import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStorableJson, isStorableText, isUuid, printable, printableJson, toStorableText } from "./text.ts";

/** Also halves of surrogate pairs and the character 0. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));

describe("text that Postgres can hold", () => {
  it.each([
    { text: "", isStorable: true },
    { text: "\u{1F41F} ok", isStorable: true },
    { text: "a\0b", isStorable: false },
    { text: "\uD83D", isStorable: false },
    { text: "\uDC1F\uD83D", isStorable: false },
  ])("$text: $isStorable", ({ text, isStorable }) => {
    expect(isStorableText(text)).toBe(isStorable);
  });

  it("is what any text becomes, of the same length, and storable text stays as it is", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const stored = toStorableText(text);
        expect(isStorableText(stored)).toBe(true);
        expect(stored).toHaveLength(text.length);
        if (isStorableText(text)) expect(stored).toBe(text);
      }),
    );
  });

  it("is JSON exactly when each text in it is, wherever it stands", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(isStorableJson(JSON.stringify({ [text]: 1 }))).toBe(isStorableText(text));
        expect(isStorableJson(JSON.stringify([[text]]))).toBe(isStorableText(text));
      }),
    );
  });

  it("is JSON that writes about such characters without having one", () => {
    expect(isStorableJson(JSON.stringify("\\u0000 and \\ud800"))).toBe(true);
  });
});

/** ESC, OSC, CSI of one character, CR, a line separator, right-to-left override, isolates, no width, a tag beyond 16 bits, half a pair. */
const HOSTILE = "a\u001b]0;x\u0007\u009b2J\r\n\u2028\u202e\u2066\u200b\ufeff\u{e0041}\ud800z";
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

describe("text for a terminal", () => {
  it("controls, reorders and hides nothing, and says what was there", () => {
    expect(printable(HOSTILE)).not.toMatch(UNPRINTABLE);
    expect(printable("a\u202eb\u001b")).toBe("a\\u{202e}b\\u{1b}");
    expect(printable("Zoë 🐟 日本")).toBe("Zoë 🐟 日本");
  });

  it("is the same value as JSON", () => {
    const json = printableJson({ [HOSTILE]: [HOSTILE, "Zoë 🐟"] });
    expect(json).not.toMatch(UNPRINTABLE);
    expect(JSON.parse(json)).toEqual({ [HOSTILE]: [HOSTILE, "Zoë 🐟"] });
  });
});

describe("isUuid", () => {
  it.each([
    { text: "0190c0de-0000-7000-8000-000000000001", expected: true },
    { text: "00000000-0000-0000-0000-000000000001", expected: true },
    { text: "0190C0DE-0000-7000-8000-000000000001", expected: true },
    { text: "0190c0de00007000800000000000000a", expected: false },
    { text: "0190c0de-0000-7000-8000-00000000000g", expected: false },
    { text: "", expected: false },
  ])("$text: $expected", ({ text, expected }) => {
    expect(isUuid(text)).toBe(expected);
  });
});
