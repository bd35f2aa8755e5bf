import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { parseKeyring } from "./keyring.ts";

const keyText = (byte: number) => Buffer.alloc(32, byte).toString("base64url");
const [A, B] = [keyText(1), keyText(250)];

describe("ENCRYPTION_KEY", () => {
  it.each([
    ["one key", `k1:${A}`, "k1"],
    ["several, the first of which seals", `k2:${B},k1:${A}`, "k2"],
    ["white space around entries", ` k1:${A} , k2:${B} `, "k1"],
    ["padding", `k1:${A}=`, "k1"],
    ["an id with every kind of character", `${"aZ9_-".padEnd(64, "x")}:${A}`, "aZ9_-".padEnd(64, "x")],
  ])("takes %s", (_what, text, sealing) => {
    const parsed = parseKeyring(text);
    expect(parsed.ok && parsed.keyring.sealing.id).toBe(sealing);
  });

  it.each([
    ["nothing", "", "entry 1 of 1 is empty"],
    ["an empty entry", `k1:${A},`, "entry 2 of 2 is empty"],
    ["no id", A, "entry 1 of 1 has no id: it must be an id, a colon and the key"],
    ["an empty id", `:${A}`, "the id of entry 1 of 1 must be 1 to 64 letters, digits, _ and -"],
    ["an id too long", `${"x".repeat(65)}:${A}`, "the id of entry 1 of 1 must be 1 to 64 letters, digits, _ and -"],
    ["a space in an id", `k 1:${A}`, "the id of entry 1 of 1 must be 1 to 64 letters, digits, _ and -"],
    ["two colons", `k1:${A}:x`, "entry 1 of 1 has more than one colon"],
    ["an id twice", `k1:${A},k2:${B},k1:${B}`, "entries 1 and 3 have the same id"],
    ["an empty key", "k1:", "the key of entry 1 of 1 has 0 bytes instead of 32"],
    ["31 bytes", `k1:${A},k2:${B.slice(0, 42)}`, "the key of entry 2 of 2 has 31 bytes instead of 32"],
    ["33 bytes", `k1:${A}A`, "the key of entry 1 of 1 has 33 bytes instead of 32"],
    [
      "plain base64",
      `k1:+/${A.slice(2)}`,
      "the key of entry 1 of 1 is not base64url, whose characters are letters, digits, - and _",
    ],
    [
      "unused bits",
      `k1:${A.slice(0, 42)}B`,
      "the key of entry 1 of 1 is cut off or has a character too many at its end",
    ],
  ])("refuses %s", (_what, text, problem) => {
    expect(parseKeyring(text)).toEqual({ ok: false, problem });
  });

  it("says nothing of a key, whatever is wrong with it", () => {
    const secret = "Sup3rSecretMaterialSup3rSecretMaterialSup3r";
    for (const text of [
      secret,
      `${secret}:k1`,
      `k1:${secret}${secret}`,
      `k1:${secret}:x`,
      `k1:$${secret}`,
      `${secret}:${A},${secret}:${A}`,
    ]) {
      expect(JSON.stringify(parseKeyring(text))).not.toContain("Sup3r");
    }
  });

  it("is not shown by what prints it", () => {
    const parsed = parseKeyring(`k1:${A},k2:${B}`);
    for (const shown of [JSON.stringify(parsed), inspect(parsed, { depth: 9, showHidden: true })]) {
      for (const form of [A, B, Buffer.alloc(32, 1).toString("hex"), "1, 1, 1", "01 01 01"])
        expect(shown).not.toContain(form);
    }
  });
});
