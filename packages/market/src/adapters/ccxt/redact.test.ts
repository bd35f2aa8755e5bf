import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact, secretsOf } from "./redact.ts";

describe("a message of an exchange", () => {
  test.each([
    [
      "binance GET https://api.binance.com/api/v3/order?symbol=X&signature=cd4b 418 {}",
      "binance GET https://api.binance.com/api/v3/order?… 418 {}",
    ],
    ["proxy http://user:pass@10.0.0.1:8080/ failed", "proxy http://…@10.0.0.1:8080/ failed"],
    ['body {"api_key":"abc","sign":"def","price":1}', 'body {"api_key":"…","sign":"…","price":1}'],
    ['{"passphrase":"two words, and more","x":1}', '{"passphrase":"…","x":1}'],
    ['{"secret":"cut off in the mid', '{"secret":"…"'],
    ["timestamp=1&apiKey=abc&signature=def", "timestamp=1&apiKey=…&signature=…"],
    ["secretKey=abc&privateKey=def&accessToken=ghi", "secretKey=…&privateKey=…&accessToken=…"],
    ["X-MBX-APIKEY: abc\nX-BAPI-SIGN: def", "X-MBX-APIKEY: …\\u{a}X-BAPI-SIGN: …"],
    ["OK-ACCESS-PASSPHRASE: abc, API-Sign: def==", "OK-ACCESS-PASSPHRASE: …, API-Sign: …"],
    ["Authorization: Bearer abc.def.ghi", "Authorization: …"],
    ["the secret of the owner is s3cret!", "the secret of the owner is …!"],
    ["password=p&w of p%26w", "password=… of …"],
    ["\u001b[2J", "\\u{1b}[2J"],
    [
      "Account has insufficient balance for requested action.",
      "Account has insufficient balance for requested action.",
    ],
  ])("%j is told as %j", (message, told) => {
    expect(redact(message, ["s3cret", "p&w"])).toBe(told);
  });

  test("is short", () => {
    expect(redact("x".repeat(10_000), []).length).toBeLessThan(400);
  });

  const anySecret = fc.string({ unit: "grapheme", minLength: 8, maxLength: 40 }).filter((text) => !text.includes("…"));
  const anyPlace = fc.constantFrom<(secret: string) => string>(
    (secret) => secret,
    (secret) => encodeURIComponent(secret),
    (secret) => JSON.stringify({ nested: { value: secret } }),
    (secret) => `https://api.example.com/order?symbol=X&apiKey=${encodeURIComponent(secret)}`,
    (secret) => `password: ${secret}`,
    (secret) => `signature=${secret}&x=1`,
    (secret) => `X-API-KEY: "${secret}"`,
  );

  test("never holds a secret, in whatever form and place it stands", () => {
    fc.assert(
      fc.property(
        anySecret,
        anySecret,
        fc.array(anyPlace, { minLength: 1, maxLength: 4 }),
        fc.string(),
        (one, two, places, text) => {
          const message = places.map((place, at) => place(at % 2 === 0 ? one : two)).join(text);
          const told = redact(message, [one, two]);
          for (const secret of [one, two]) {
            expect(told).not.toContain(secret);
            expect(told).not.toContain(encodeURIComponent(secret));
          }
        },
      ),
      { numRuns: soakRuns(500, 50_000) },
    );
  });

  test("needs to know all secret settings", () => {
    const settings = { apiKey: "a", secret: "b", password: "c", uid: "", timeout: 5, privateKey: "d", urls: {} };
    expect(secretsOf(settings)).toEqual(["a", "b", "c", "d"]);
  });
});
