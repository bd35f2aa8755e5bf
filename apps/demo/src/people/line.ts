import { type Clock, FleetError, proportionalJitter, type Rng, retry, withTimeout } from "@shoal/kernel";
import type { SupabaseClient } from "@supabase/supabase-js";
import { readNotice } from "./contract.ts";
import type { Match } from "./person.state.ts";

const AGAIN = proportionalJitter(500, 4000, 0.5);
/** Bounds one call, in ms: a server that hangs would hold a person for ever. */
const CALL_LIMIT_MS = 10_000;
/** What the database says of a match that is over. */
const INVALID_PARAMETER = "22023";

export interface LineParts {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>> | null;
  /** Returns the client of the person's present session, with the person's token. */
  readonly client: () => SupabaseClient | undefined;
  /** Called when a wait is asked for. */
  readonly onWaiting: () => void;
  /** Called with a match that was made while its notice was lost, or is still on its way. */
  readonly onMatch: (match: Match) => void;
}

/** A person's place in line, held by calls under the person's own token (docs/app-contract.md). Only the latest wish counts. */
export class Line {
  readonly #parts: LineParts;
  #current = new AbortController();
  /** Whether a match was entered that may still be open: a new wait has to end it first. */
  #hasMatch = false;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** Waits for a partner. Repeats until the database has it, or until `signal` aborts. Never rejects. */
  async wait(signal: AbortSignal): Promise<void> {
    const { onWaiting, onMatch, name, attributes } = this.#parts;
    await this.#repeat(signal, async () => {
      if (this.#hasMatch) await this.#call("match_cancel", {});
      this.#hasMatch = false;
      onWaiting();
      const match = readNotice(await this.#call("match_wait", attributes ? { name, attributes } : { name }));
      if (match) onMatch(match);
    });
  }

  /** Confirms a match. False: it is over. Repeats while the database cannot be asked; rejects when `signal` aborts. */
  async confirm(matchId: string, signal: AbortSignal): Promise<boolean> {
    this.#hasMatch = true;
    this.#current.abort();
    return retry(() => this.#confirmOnce(matchId), { ...this.#retrying, signal });
  }

  /** Gives up the wait and the match. Bounded; never rejects. */
  async leave(): Promise<void> {
    this.#current.abort();
    await this.#call("match_cancel", {}).catch(() => {});
  }

  async #confirmOnce(matchId: string): Promise<boolean> {
    try {
      await this.#call("match_confirm", { match_id: matchId });
      return true;
    } catch (thrown) {
      if (thrown instanceof FleetError && thrown.details["sqlstate"] === INVALID_PARAMETER) return false;
      throw thrown;
    }
  }

  async #repeat(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    this.#current.abort();
    this.#current = new AbortController();
    const latest = AbortSignal.any([signal, this.#current.signal]);
    await retry(work, { ...this.#retrying, signal: latest }).catch(() => {});
  }

  get #retrying() {
    const { clock, rng } = this.#parts;
    return { runtime: { clock, rng }, backoff: AGAIN, when: () => true };
  }

  async #call(name: string, args: Record<string, unknown>): Promise<unknown> {
    const client = this.#parts.client();
    if (!client) throw new FleetError("DEMO_OFFLINE", "the person has no link to the project");
    const calling = Promise.resolve(client.rpc(name, args));
    const answer = await withTimeout(this.#parts.clock, CALL_LIMIT_MS, calling);
    if (answer.kind === "timeout") throw new FleetError("DEMO_CALL_TIMEOUT", `${name} had no answer`);
    const { data, error } = answer.value;
    if (error)
      throw new FleetError("DEMO_CALL_REFUSED", `${name}: ${error.message}`, { details: { sqlstate: error.code } });
    return data;
  }
}
