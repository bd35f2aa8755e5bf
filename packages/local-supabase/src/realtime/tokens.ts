import type { EpochMs } from "@shoal/kernel";
import { checkExpiry, type TokenVerdict, verifySignature } from "../keys.ts";

/** How many verified tokens are remembered: enough for every user of a busy local project. */
const REMEMBERED_TOKENS = 10_000;

/** Verifies tokens, remembering signatures already checked: a fleet shows one key thousands of times. */
export class Tokens {
  readonly #jwtSecret: string;
  readonly #now: () => EpochMs;
  readonly #remembered = new Map<string, TokenVerdict>();

  constructor(jwtSecret: string, now: () => EpochMs) {
    this.#jwtSecret = jwtSecret;
    this.#now = now;
  }

  async verify(token: string): Promise<TokenVerdict> {
    const signed = this.#remembered.get(token) ?? (await verifySignature(token, this.#jwtSecret));
    if (signed.kind === "refused") return signed;
    this.#remember(token, signed);
    return checkExpiry(signed.claims, this.#now());
  }

  #remember(token: string, verdict: TokenVerdict): void {
    if (this.#remembered.has(token)) return;
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= REMEMBERED_TOKENS && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(token, verdict);
  }
}
