import { MINUTE_MS, type Runtime, type Timer } from "@shoal/kernel";
import type { ExchangePort } from "@shoal/trading";
import type { SecretValue } from "../secrets/secret-value.ts";

/** Opens an account at an exchange. Asks it nothing. */
export type OpenExchange = (venue: string, keys: SecretValue) => ExchangePort;

/** Owner and name of the secret, as `shoal.order_turn` writes them. */
export interface Account {
  readonly ownerId: string;
  readonly secretName: string;
  readonly venue: string;
  /** Of its secret: one that was written anew needs another port. */
  readonly version: string;
}

export interface AccountsOptions {
  readonly runtime: Runtime;
  readonly openExchange: OpenExchange;
  readonly openKeys: (account: Account) => Promise<SecretValue>;
  readonly callsPerAccount: number;
  readonly callsPerVenue: number;
  /** What was held back is free again. */
  readonly onFree: () => void;
}

export type Accounts = ReturnType<typeof createAccounts>;

interface Held {
  readonly version: string;
  readonly port: Promise<ExchangePort>;
  userCount: number;
  usedAtMs: number;
}

const IDLE_MS = 10 * MINUTE_MS;

export const keyOf = ({ ownerId, secretName }: Pick<Account, "ownerId" | "secretName">) => `${ownerId}:${secretName}`;

/**
 * The accounts at exchanges that this process uses: one port each, made when it is first needed and forgotten, with its keys, when nobody
 * has used it for ten minutes. Bounds the calls of each account and venue, so that one that does not answer leaves room for the others.
 */
export function createAccounts(options: AccountsOptions) {
  const { runtime, openExchange, openKeys, callsPerAccount, callsPerVenue, onFree } = options;
  const { clock } = runtime;
  const ports = new Map<string, Held>();
  const calls = { accounts: new Map<string, number>(), venues: new Map<string, number>() };
  const pauses = new Map<string, { readonly untilMs: number; readonly timer: Timer }>();
  let sweeping: Timer | undefined;
  let isClosed = false;

  const count = (counts: Map<string, number>, key: string, change: 1 | -1) => {
    const next = (counts.get(key) ?? 0) + change;
    if (next === 0) counts.delete(key);
    else counts.set(key, next);
  };
  const sweep = () => {
    const beforeMs = clock.monotonicMs() - IDLE_MS;
    for (const [key, held] of ports) if (held.userCount === 0 && held.usedAtMs <= beforeMs) ports.delete(key);
    sweeping = ports.size > 0 ? clock.after(MINUTE_MS, sweep) : undefined;
  };

  const portOf = (account: Account): Held => {
    // A secret does not say where it is for.
    const key = `${account.venue}:${keyOf(account)}`;
    const known = ports.get(key);
    if (known?.version === account.version) return known;
    const port = openKeys(account).then((keys) => openExchange(account.venue, keys));
    const held: Held = { version: account.version, port, userCount: 0, usedAtMs: clock.monotonicMs() };
    ports.set(key, held);
    port.catch(() => ports.get(key) === held && ports.delete(key));
    if (!isClosed) sweeping ??= clock.after(MINUTE_MS, sweep);
    return held;
  };

  const fullOf = (counts: ReadonlyMap<string, number>, most: number) =>
    [...counts].filter(([, each]) => each >= most).map(([key]) => key);

  return {
    /** Runs a call on the account's port. Rejects as `openKeys` and `openExchange`. */
    async use<T>(account: Account, call: (port: ExchangePort) => Promise<T>): Promise<T> {
      const key = keyOf(account);
      const wasHeld = () =>
        (calls.accounts.get(key) ?? 0) >= callsPerAccount || (calls.venues.get(account.venue) ?? 0) >= callsPerVenue;
      count(calls.accounts, key, 1);
      count(calls.venues, account.venue, 1);
      const held = portOf(account);
      held.userCount += 1;
      try {
        return await call(await held.port);
      } finally {
        const isFreed = wasHeld();
        count(calls.accounts, key, -1);
        count(calls.venues, account.venue, -1);
        held.userCount -= 1;
        held.usedAtMs = clock.monotonicMs();
        if (isFreed) onFree();
      }
    },
    /** The exchange asks to be left alone: nothing of the account is claimed for so long. */
    pause(account: Account, pauseMs: number): void {
      const key = keyOf(account);
      const untilMs = clock.monotonicMs() + pauseMs;
      const known = pauses.get(key);
      if (isClosed || pauseMs <= 0 || (known && known.untilMs >= untilMs)) return;
      known?.timer.cancel();
      const timer = clock.after(pauseMs, () => {
        pauses.delete(key);
        onFree();
      });
      pauses.set(key, { untilMs, timer });
    },
    /** Ms until the account may be asked again; 0: now. */
    pausedMs: (account: Account): number =>
      Math.max(0, (pauses.get(keyOf(account))?.untilMs ?? 0) - clock.monotonicMs()),
    /** Of which nothing is to be claimed now. */
    held: () => ({
      accounts: [...new Set([...pauses.keys(), ...fullOf(calls.accounts, callsPerAccount)])],
      venues: fullOf(calls.venues, callsPerVenue),
    }),
    get openCount() {
      return ports.size;
    },
    /** Forgets all keys and leaves no timer, also after a call that ends later. */
    close(): void {
      isClosed = true;
      sweeping?.cancel();
      sweeping = undefined;
      for (const { timer } of pauses.values()) timer.cancel();
      pauses.clear();
      ports.clear();
    },
  };
}
