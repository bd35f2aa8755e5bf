import { errorFields, MINUTE_MS, type Runtime, type Timer } from "@shoal/kernel";
import type { ExchangePort } from "@shoal/trading";
import type { SecretValue } from "../secrets/secret-value.ts";

/** An account at an exchange, held open. */
export type OpenPort = ExchangePort & { close(): Promise<void> };

/** Opens an account. Asks the exchange nothing. */
export type OpenExchange = (options: { readonly venue: string; readonly keys: SecretValue }) => Promise<OpenPort>;

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
  readonly port: Promise<OpenPort>;
  userCount: number;
  usedAtMs: number;
}

const IDLE_MS = 10 * MINUTE_MS;

export const keyOf = ({ ownerId, secretName }: Pick<Account, "ownerId" | "secretName">) => `${ownerId}:${secretName}`;

/**
 * The accounts at exchanges that this process uses: one port each, made when it is first needed and closed when nobody has used it for ten
 * minutes. Bounds the calls of each account and venue, so that one that does not answer leaves room for the others.
 */
export function createAccounts(options: AccountsOptions) {
  const { runtime, openExchange, openKeys, callsPerAccount, callsPerVenue, onFree } = options;
  const { clock } = runtime;
  const ports = new Map<string, Held>();
  const calls = { accounts: new Map<string, number>(), venues: new Map<string, number>() };
  const pauses = new Map<string, { readonly untilMs: number; readonly timer: Timer }>();
  let sweeping: Timer | undefined;

  const count = (counts: Map<string, number>, key: string, change: 1 | -1) => {
    const next = (counts.get(key) ?? 0) + change;
    if (next === 0) counts.delete(key);
    else counts.set(key, next);
  };
  const closePort = (held: Held) =>
    held.port
      .then((port) => port.close())
      // A port that could not be opened has told whoever asked for it.
      .catch((error: unknown) =>
        runtime.log.debug(errorFields(error), "an account at an exchange did not close in order"),
      );
  const drop = async (key: string, held: Held) => {
    if (ports.get(key) === held) ports.delete(key);
    await closePort(held);
  };
  const sweep = () => {
    const beforeMs = clock.monotonicMs() - IDLE_MS;
    for (const [key, held] of ports) if (held.userCount === 0 && held.usedAtMs <= beforeMs) void drop(key, held);
    sweeping = ports.size > 0 ? clock.after(MINUTE_MS, sweep) : undefined;
  };

  const portOf = (account: Account): Held => {
    const key = keyOf(account);
    const known = ports.get(key);
    if (known?.version === account.version) return known;
    if (known) {
      ports.delete(key);
      if (known.userCount === 0) void closePort(known);
    }
    const port = openKeys(account).then((keys) => openExchange({ venue: account.venue, keys }));
    const held: Held = { version: account.version, port, userCount: 0, usedAtMs: clock.monotonicMs() };
    ports.set(key, held);
    port.catch(() => ports.get(key) === held && ports.delete(key));
    sweeping ??= clock.after(MINUTE_MS, sweep);
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
        // Replaced while it was in use.
        if (held.userCount === 0 && ports.get(key) !== held) void closePort(held);
        if (isFreed) onFree();
      }
    },
    /** The exchange asks to be left alone: nothing of the account is claimed for so long. */
    pause(account: Account, pauseMs: number): void {
      const key = keyOf(account);
      const untilMs = clock.monotonicMs() + pauseMs;
      const known = pauses.get(key);
      if (pauseMs <= 0 || (known && known.untilMs >= untilMs)) return;
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
    /** Closes all ports and leaves no timer. */
    async close(): Promise<void> {
      sweeping?.cancel();
      sweeping = undefined;
      for (const { timer } of pauses.values()) timer.cancel();
      pauses.clear();
      await Promise.all([...ports].map(([key, held]) => drop(key, held)));
    },
  };
}
