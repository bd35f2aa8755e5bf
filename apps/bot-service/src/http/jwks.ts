import { type Clock, HOUR_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import type { Fetch } from "../outgoing/adapters/system-fetch.ts";
import { boundedText, exchange } from "../outgoing/exchange.ts";

/** As long as Supabase's own gateway caches them, so that a key which is rotated in is known in time. @source https://supabase.com/docs/guides/auth/signing-keys */
const FRESH_MS = 10 * MINUTE_MS;
/** How long keys are used that cannot be read again: as long as a token lives that was issued before. */
const USABLE_MS = HOUR_MS;
/** Between reads for keys that are not in the set: anybody can send tokens that name such. */
const AGAIN_MS = 30 * SECOND_MS;
/** Between reads that fail. */
const AGAIN_AFTER_FAILURE_MS = 2 * SECOND_MS;
const READ_LIMIT_MS = 5 * SECOND_MS;
/** A key takes under 1 kB, and a project has a few. */
const LIMIT_BYTES = 64 * 1024;

export interface JwksOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly fetch: Fetch;
}

/** The public keys of a project, read when they are needed and kept for a while. */
export class Jwks {
  readonly #options: JwksOptions;
  readonly #stop = new AbortController();
  #keys: JWTVerifyGetKey | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #reading: Promise<void> | undefined;

  constructor(options: JwksOptions) {
    this.#options = options;
  }

  /** Returns the keys; undefined while they cannot be read. */
  async keys(): Promise<JWTVerifyGetKey | undefined> {
    if (this.#ageMs() > FRESH_MS) await this.#read(AGAIN_AFTER_FAILURE_MS);
    return this.#usable();
  }

  /** Returns the keys for a token whose key is not among them: the project may have a new one. Undefined if they cannot be read. */
  async keysAnew(): Promise<JWTVerifyGetKey | undefined> {
    await this.#read(this.#hasFailed ? AGAIN_AFTER_FAILURE_MS : AGAIN_MS);
    return this.#hasFailed ? undefined : this.#usable();
  }

  /** Ends a read that is under way. Idempotent. */
  close(): void {
    this.#stop.abort(new Error("the HTTP API closes"));
  }

  #ageMs(): number {
    return this.#options.clock.monotonicMs() - this.#readAtMs;
  }

  #usable(): JWTVerifyGetKey | undefined {
    return this.#ageMs() <= USABLE_MS ? this.#keys : undefined;
  }

  /** Reads the keys, unless that was tried within `pauseMs`. Requests that come meanwhile wait for the same read. */
  async #read(pauseMs: number): Promise<void> {
    if (!this.#reading && this.#options.clock.monotonicMs() - this.#triedAtMs < pauseMs) return;
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #readOnce(): Promise<void> {
    const { url, clock, fetch } = this.#options;
    this.#triedAtMs = clock.monotonicMs();
    const init = { headers: { accept: "application/json" } };
    const read = async (response: Response) => (response.ok ? boundedText(response, LIMIT_BYTES) : undefined);
    try {
      const text = await exchange({ fetch, clock, url, init, limitMs: READ_LIMIT_MS, signal: this.#stop.signal, read });
      this.#hasFailed = text === undefined;
      if (text === undefined) return;
      this.#keys = createLocalJWKSet(JSON.parse(text));
      this.#readAtMs = clock.monotonicMs();
    } catch {
      // No JSON, no set of keys, or closed.
      this.#hasFailed = true;
    }
  }
}
