import { createHmac, timingSafeEqual } from "node:crypto";
import { isUuid } from "@shoal/kernel";

/** The refresh token of a session that is good until it is used: the first has the count 0, the one after it 1. */
export interface RefreshTokenUse {
  readonly sessionId: string;
  readonly count: number;
}

const SESSION_BYTES = 16;
const HEAD_BYTES = SESSION_BYTES + 4;
const SEAL_BYTES = 16;

/**
 * Writes and reads refresh tokens: session, count and a seal over both. So none has to be kept, the database holds nothing
 * that signs anybody in, and one that was not issued here is refused without asking the database.
 *
 * @source supabase/auth 2.184, internal/crypto/refresh_tokens.go: tokens with a counter
 */
export class RefreshTokens {
  readonly #secret: string;

  constructor(jwtSecret: string) {
    this.#secret = `refresh token of ${jwtSecret}`;
  }

  write({ sessionId, count }: RefreshTokenUse): string {
    const head = Buffer.alloc(HEAD_BYTES);
    head.write(sessionId.replaceAll("-", ""), "hex");
    head.writeUInt32BE(count, SESSION_BYTES);
    return Buffer.concat([head, this.#seal(head)]).toString("base64url");
  }

  /** Returns undefined for a token that was not written here. */
  read(token: string): RefreshTokenUse | undefined {
    const bytes = Buffer.from(token, "base64url");
    if (bytes.length !== HEAD_BYTES + SEAL_BYTES) return undefined;
    const head = bytes.subarray(0, HEAD_BYTES);
    if (!timingSafeEqual(this.#seal(head), bytes.subarray(HEAD_BYTES))) return undefined;
    const hex = head.toString("hex", 0, SESSION_BYTES);
    const sessionId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    return isUuid(sessionId) ? { sessionId, count: head.readUInt32BE(SESSION_BYTES) } : undefined;
  }

  #seal(head: Uint8Array): Buffer {
    return createHmac("sha256", this.#secret).update(head).digest().subarray(0, SEAL_BYTES);
  }
}
