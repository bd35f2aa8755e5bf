import { randomBytes } from "node:crypto";
import { NONCE_BYTES } from "../cipher.ts";

/** From the platform's secure generator: a nonce that came twice under one key would give that key away. */
export const randomNonce = (): Uint8Array => randomBytes(NONCE_BYTES);
