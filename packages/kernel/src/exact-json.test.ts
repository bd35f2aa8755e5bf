import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExactJson } from "./exact-json.ts";

describe("parseExactJson", () => {
  it.each<[string, unknown]>([
    ["9007199254740991", 9_007_199_254_740_991],
    ["9007199254740992", "9007199254740992"],
    ["-9007199254740993", "-9007199254740993"],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
    ["1234567.123456789", 1_234_567.123456789],
    ["0.1234567890123456", 0.1234567890123456],
    ["0.12345678901234567890", "0.12345678901234567890"],
    ["99999999999999999.5", "99999999999999999.5"],
    ["1.50000000000000000000", 1.5],
    ["1e400", "1e400"],
    ["1e-400", "1e-400"],
    ["1.5E+2", 150],
    ["-0", -0],
    ["0e5", 0],
    ['"9007199254740993"', "9007199254740993"],
    ['"a\\"9007199254740993"', 'a"9007199254740993'],
    ['"\\\\"', "\\"],
    [
      '{"9007199254740993":[9007199254740993,1,{"x":-0.12345678901234567890}]}',
      { "9007199254740993": ["9007199254740993", 1, { x: "-0.12345678901234567890" }] },
    ],
    ['[1e400,"\\\\",9007199254740993,"\\\\\\""]', ["1e400", "\\", "9007199254740993", '\\"']],
  ])("%s is %j", (json, value) => {
    expect(parseExactJson(json)).toEqual(value);
  });

  it("reads what JavaScript wrote as JSON.parse does, but for whole numbers beyond its own", () => {
    const hasLargeInteger = (json: string) => /(?<![.\d])\d{16,}(?![.\d])/.test(json);
    fc.assert(
      fc.property(fc.json(), (json) => {
        fc.pre(!hasLargeInteger(json));
        expect(parseExactJson(json)).toEqual(JSON.parse(json));
      }),
    );
  });

  it("keeps every digit of a number that JavaScript cannot hold, and none but those of one that it can", () => {
    const whole = fc.bigInt({ min: 2n ** 53n, max: 10n ** 40n });
    fc.assert(fc.property(whole, (number) => void expect(parseExactJson(`[-${number}]`)).toEqual([`-${number}`])));
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e15, min: -1e15 }),
        (number) => void expect(parseExactJson(String(number))).toEqual(JSON.parse(String(number))),
      ),
    );
  });

  it.each(["", "{", "01", "1.", '"9007199254740993', "[9007199254740993", "0123456789012345678901"])(
    "throws for %j",
    (json) => {
      expect(() => parseExactJson(json)).toThrow(SyntaxError);
    },
  );
});
