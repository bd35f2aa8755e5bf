import { isFleetError } from "@shoal/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NONCE_BYTES, type Sealed, seal, unseal } from "./cipher.ts";
import { type Keyring, parseKeyring } from "./keyring.ts";

const keyring = (...ids: readonly number[]): Keyring => {
  const parsed = parseKeyring(ids.map((id) => `k${id}:${Buffer.alloc(32, id).toString("base64url")}`).join(","));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.keyring;
};

const address = { ownerId: "0e5b2c4a-0000-4000-8000-000000000001", name: "main" };
const nonce = new Uint8Array(NONCE_BYTES).fill(7);
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return isFleetError(error) ? error.code : String(error);
  }
  return "opened";
};

describe("the cipher of secrets", () => {
  it("is AES-256-GCM with the owner and name as additional data", async () => {
    const sealed = seal(keyring(1), address, nonce, "value");
    const key = await crypto.subtle.importKey("raw", Buffer.alloc(32, 1), "AES-GCM", false, ["decrypt"]);
    const additionalData = Buffer.from(`shoal.strategy_secrets:${address.ownerId}:${address.name}`);
    const opened = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: nonce, additionalData, tagLength: 128 },
      key,
      Buffer.from(sealed.ciphertext),
    );
    expect(Buffer.from(opened).toString()).toBe("value");
  });

  it("opens with any key of the ring what was sealed with it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ minLength: 1 }), (text, name) => {
        const sealed = seal(keyring(1), { ...address, name }, nonce, text);
        expect(unseal(keyring(2, 1), { ...address, name }, sealed)).toBe(text.toWellFormed());
      }),
      { numRuns: 50 },
    );
  });

  it("takes an owner's id in small and large letters for the same", () => {
    const sealed = seal(keyring(1), { ...address, ownerId: address.ownerId.toUpperCase() }, nonce, "value");
    expect(unseal(keyring(1), address, sealed)).toBe("value");
  });

  it.each<[string, (sealed: Sealed) => unknown, string]>([
    [
      "another owner",
      (s) => unseal(keyring(1), { ...address, ownerId: address.ownerId.replace("1", "2") }, s),
      "UNREADABLE",
    ],
    ["another name", (s) => unseal(keyring(1), { ...address, name: "other" }, s), "UNREADABLE"],
    ["another nonce", (s) => unseal(keyring(1), address, { ...s, nonce: new Uint8Array(NONCE_BYTES) }), "UNREADABLE"],
    ["a ring without the key", (s) => unseal(keyring(2), address, s), "KEY_MISSING"],
    ["another key of that id", (s) => unseal(keyring(2), address, { ...s, keyId: "k2" }), "UNREADABLE"],
    [
      "a text cut off",
      (s) => unseal(keyring(1), address, { ...s, ciphertext: s.ciphertext.slice(0, 15) }),
      "UNREADABLE",
    ],
    ["nothing", (s) => unseal(keyring(1), address, { ...s, ciphertext: new Uint8Array() }), "UNREADABLE"],
  ])("does not open for %s", (_what, work, code) => {
    expect(codeOf(() => work(seal(keyring(1), address, nonce, "value")))).toBe(
      code === "UNREADABLE" ? "STRATEGY_SECRET_UNREADABLE" : "STRATEGY_SECRET_KEY_MISSING",
    );
  });

  it("notices a change of any bit", () => {
    const sealed = seal(keyring(1), address, nonce, "value");
    for (let bit = 0; bit < sealed.ciphertext.length * 8; bit += 1) {
      const ciphertext = Uint8Array.from(sealed.ciphertext);
      ciphertext[bit >> 3] = (ciphertext[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(codeOf(() => unseal(keyring(1), address, { ...sealed, ciphertext }))).toBe("STRATEGY_SECRET_UNREADABLE");
    }
  });
});
