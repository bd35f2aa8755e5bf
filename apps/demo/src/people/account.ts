import type { Clock } from "@shoal/kernel";
import { createClient, type Session } from "@supabase/supabase-js";

/** Time before the end of a token at which it is refreshed, in ms: channels are given the new one with a heartbeat. */
const REFRESH_AHEAD_MS = 5 * 60_000;
const MS = 1000;

export interface AccountParts {
  readonly url: string;
  readonly anonKey: string;
  readonly clock: Clock;
}

/** A person who is signed in anonymously. Holds nothing but the tokens: a client of its own each would keep timers and sessions. */
export class Account {
  readonly #parts: AccountParts;
  #session: Session;
  #refreshing: Promise<void> | undefined;

  private constructor(parts: AccountParts, session: Session) {
    this.#parts = parts;
    this.#session = session;
  }

  /** Signs a new person in. Rejects while the server is away. */
  static async signIn(parts: AccountParts): Promise<Account> {
    const { data, error } = await authOf(parts).signInAnonymously();
    if (!data.session) throw error ?? new Error("the server gave no session");
    return new Account(parts, data.session);
  }

  get userId(): string {
    return this.#session.user.id;
  }

  /** Returns a token that holds for a while. Returns the old one if it cannot be refreshed, so that the server says why. */
  async token(): Promise<string> {
    const leftMs = (this.#session.expires_at ?? 0) * MS - this.#parts.clock.now();
    if (leftMs < REFRESH_AHEAD_MS) {
      this.#refreshing ??= this.#refresh().finally(() => {
        this.#refreshing = undefined;
      });
      await this.#refreshing.catch(() => {});
    }
    return this.#session.access_token;
  }

  async #refresh(): Promise<void> {
    const { data } = await authOf(this.#parts).refreshSession({ refresh_token: this.#session.refresh_token });
    if (data.session) this.#session = data.session;
  }
}

function authOf({ url, anonKey }: AccountParts) {
  const options = { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false };
  return createClient(url, anonKey, { auth: options }).auth;
}
