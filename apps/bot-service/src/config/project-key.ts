import { type EpochMs, SECOND_MS } from "@shoal/kernel";
import { z } from "zod";

/** Content of a key; its signature is not checked. */
export type KeyForm =
  | {
      readonly kind: "jwt";
      readonly role: string | null;
      readonly expiresAtMs: EpochMs | null;
      /** Ref of the project it belongs to; hosted projects have one. */
      readonly ref: string | null;
    }
  | { readonly kind: "secret" }
  | { readonly kind: "publishable" }
  | { readonly kind: "unknown" };

const claimsSchema = z.object({ role: z.string().optional(), exp: z.number().optional(), ref: z.string().optional() });

/** Reads a key's form. @source https://supabase.com/docs/guides/api/api-keys */
export function readKey(key: string): KeyForm {
  if (key.startsWith("sb_secret_")) return { kind: "secret" };
  if (key.startsWith("sb_publishable_")) return { kind: "publishable" };
  const [, payload, signature] = key.split(".");
  if (!payload || !signature) return { kind: "unknown" };
  try {
    const claims = claimsSchema.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
    const { role = null, exp, ref = null } = claims;
    return { kind: "jwt", role, expiresAtMs: exp === undefined ? null : exp * SECOND_MS, ref };
  } catch {
    return { kind: "unknown" };
  }
}

/** Whether browsers may have it: no key that opens more to its holder than to a stranger. */
export function isPublicKey(key: string): boolean {
  const form = readKey(key);
  return form.kind === "publishable" || (form.kind === "jwt" && form.role === "anon");
}
