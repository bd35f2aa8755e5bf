import { MINUTE_MS } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import type { ExchangePort } from "@shoal/trading";
import { describe, expect, it } from "vitest";
import { type Account, createAccounts } from "./accounts.ts";

const account = (changes: Partial<Account> = {}): Account => ({
  ...{ ownerId: "o", secretName: "main", venue: "binance", version: "1", ...changes },
});

function accountsOf({ fails = false } = {}) {
  const runtime = testRuntime();
  const opened: string[] = [];
  const venues: string[] = [];
  let freed = 0;
  const openExchange = (venue: string, { apiKey }: { readonly apiKey: string }) => {
    if (fails) throw new Error("cannot be opened");
    opened.push(apiKey);
    venues.push(venue);
    return { apiKey } as unknown as ExchangePort;
  };
  const accounts = createAccounts({
    ...{ runtime, openExchange, callsPerAccount: 2, callsPerVenue: 3, onFree: () => (freed += 1) },
    openKeys: async ({ ownerId, secretName, version }) => ({
      apiKey: `${ownerId}/${secretName}/${version}`,
      secret: "s",
    }),
  });
  return { accounts, runtime, opened, venues, freed: () => freed };
}

describe("accounts at exchanges", () => {
  it("are opened once each, by owner and secret", async () => {
    const { accounts, opened } = accountsOf();
    for (const each of [account(), account(), account({ ownerId: "p" }), account({ secretName: "other" })]) {
      await accounts.use(each, async () => {});
    }
    expect(opened).toEqual(["o/main/1", "p/main/1", "o/other/1"]);
    accounts.close();
  });

  it("are opened for each exchange that a secret is used at: no order of one may reach another", async () => {
    const { accounts, venues } = accountsOf();
    for (const venue of ["binance", "kraken", "binance"]) await accounts.use(account({ venue }), async () => {});
    expect(venues).toEqual(["binance", "kraken"]);
    accounts.close();
  });

  it("are opened anew with keys that were written anew; a call under way keeps the old ones", async () => {
    const { accounts, opened } = accountsOf();
    const gate = Promise.withResolvers<void>();
    const using = accounts.use(account(), async (port) => {
      await gate.promise;
      return port;
    });
    await accounts.use(account({ version: "2" }), async () => {});
    expect(opened).toEqual(["o/main/1", "o/main/2"]);
    gate.resolve();
    expect(await using).toEqual({ apiKey: "o/main/1" });
    expect(accounts.openCount).toBe(1);
    accounts.close();
  });

  it("are forgotten when nobody has used them for ten minutes, and leave no timer", async () => {
    const { accounts, runtime } = accountsOf();
    await accounts.use(account(), async () => {});
    await runtime.clock.advance(5 * MINUTE_MS);
    await accounts.use(account({ ownerId: "p" }), async () => {});
    await runtime.clock.advance(6 * MINUTE_MS);
    expect(accounts.openCount).toBe(1);
    await runtime.clock.advance(6 * MINUTE_MS);
    expect([accounts.openCount, runtime.clock.pendingTimers]).toEqual([0, 0]);
  });

  it("are kept while a call lasts", async () => {
    const { accounts, runtime } = accountsOf();
    const gate = Promise.withResolvers<void>();
    const using = accounts.use(account(), () => gate.promise);
    await runtime.clock.advance(30 * MINUTE_MS);
    expect(accounts.openCount).toBe(1);
    gate.resolve();
    await using;
    accounts.close();
    expect([accounts.openCount, runtime.clock.pendingTimers]).toEqual([0, 0]);
  });

  it("that cannot be opened are tried again by the next call", async () => {
    const { accounts, runtime } = accountsOf({ fails: true });
    for (let times = 0; times < 2; times += 1) {
      await expect(accounts.use(account(), async () => {})).rejects.toThrow("cannot be opened");
    }
    expect(accounts.openCount).toBe(0);
    accounts.close();
    expect(runtime.clock.pendingTimers).toBe(0);
  });

  it("and venues with as many calls as they may have are held back until one ends", async () => {
    const { accounts, freed } = accountsOf();
    const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const [first, second, third] = gates.map(
      ({ promise }) =>
        () =>
          promise,
    );
    const using = [
      accounts.use(account(), first ?? (async () => {})),
      accounts.use(account(), second ?? (async () => {})),
    ];
    expect(accounts.held()).toEqual({ accounts: ["o:main"], venues: [] });
    using.push(accounts.use(account({ ownerId: "p" }), third ?? (async () => {})));
    expect(accounts.held()).toEqual({ accounts: ["o:main"], venues: ["binance"] });
    gates[2]?.resolve();
    await using[2];
    expect([accounts.held().venues, freed()]).toEqual([[], 1]);
    for (const gate of gates) gate.resolve();
    await Promise.all(using);
    expect([accounts.held(), freed()]).toEqual([{ accounts: [], venues: [] }, 2]);
    accounts.close();
  });

  it("leave no timer after their end, whatever ends later", async () => {
    const { accounts, runtime } = accountsOf();
    accounts.close();
    await accounts.use(account(), async () => accounts.pause(account(), 1_000));
    expect(runtime.clock.pendingTimers).toBe(0);
  });

  it("are paused for the longest that was asked for", async () => {
    const { accounts, runtime, freed } = accountsOf();
    accounts.pause(account(), 5_000);
    accounts.pause(account(), 1_000);
    expect(accounts.pausedMs(account())).toBe(5_000);
    await runtime.clock.advance(5_000);
    expect([accounts.pausedMs(account()), freed(), runtime.clock.pendingTimers]).toEqual([0, 1, 0]);
  });
});
