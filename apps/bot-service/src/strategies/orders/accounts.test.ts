import { MINUTE_MS } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { type Account, createAccounts, type OpenPort } from "./accounts.ts";

const account = (changes: Partial<Account> = {}): Account => ({
  ...{ ownerId: "o", secretName: "main", venue: "binance", version: "1", ...changes },
});

function accountsOf({ fails = false } = {}) {
  const runtime = testRuntime();
  const opened: string[] = [];
  const closed: string[] = [];
  let freed = 0;
  const openExchange = async ({ venue, keys }: { venue: string; keys: { apiKey: string } }) => {
    if (fails) throw new Error("cannot be opened");
    opened.push(keys.apiKey);
    return { venue, close: async () => void closed.push(keys.apiKey) } as unknown as OpenPort;
  };
  const accounts = createAccounts({
    ...{ runtime, openExchange, callsPerAccount: 2, callsPerVenue: 3, onFree: () => (freed += 1) },
    openKeys: async ({ ownerId, secretName, version }) => ({
      apiKey: `${ownerId}/${secretName}/${version}`,
      secret: "s",
    }),
  });
  return { accounts, runtime, opened, closed, freed: () => freed };
}

describe("accounts at exchanges", () => {
  it("are opened once each, by owner and secret", async () => {
    const { accounts, opened } = accountsOf();
    for (const each of [account(), account(), account({ ownerId: "p" }), account({ secretName: "other" })]) {
      await accounts.use(each, async () => {});
    }
    expect(opened).toEqual(["o/main/1", "p/main/1", "o/other/1"]);
    await accounts.close();
  });

  it("are opened anew with keys that were written anew, and the old ones close when nobody uses them", async () => {
    const { accounts, opened, closed, runtime } = accountsOf();
    const gate = Promise.withResolvers<void>();
    const using = accounts.use(account(), () => gate.promise);
    await accounts.use(account({ version: "2" }), async () => {});
    await runtime.clock.advance(0);
    expect([opened, closed]).toEqual([["o/main/1", "o/main/2"], []]);
    gate.resolve();
    await using;
    await runtime.clock.advance(0);
    expect(closed).toEqual(["o/main/1"]);
    await accounts.close();
    expect(closed).toEqual(["o/main/1", "o/main/2"]);
  });

  it("close when nobody has used them for ten minutes, and leave no timer", async () => {
    const { accounts, closed, runtime } = accountsOf();
    await accounts.use(account(), async () => {});
    await runtime.clock.advance(5 * MINUTE_MS);
    await accounts.use(account({ ownerId: "p" }), async () => {});
    await runtime.clock.advance(6 * MINUTE_MS);
    expect([closed, accounts.openCount]).toEqual([["o/main/1"], 1]);
    await runtime.clock.advance(6 * MINUTE_MS);
    expect([closed.length, accounts.openCount, runtime.clock.pendingTimers]).toEqual([2, 0, 0]);
  });

  it("do not close while a call lasts", async () => {
    const { accounts, closed, runtime } = accountsOf();
    const gate = Promise.withResolvers<void>();
    const using = accounts.use(account(), () => gate.promise);
    await runtime.clock.advance(30 * MINUTE_MS);
    expect(closed).toEqual([]);
    gate.resolve();
    await using;
    await accounts.close();
    expect([closed, runtime.clock.pendingTimers]).toEqual([["o/main/1"], 0]);
  });

  it("that cannot be opened are tried again by the next call", async () => {
    const { accounts, runtime } = accountsOf({ fails: true });
    for (let times = 0; times < 2; times += 1) {
      await expect(accounts.use(account(), async () => {})).rejects.toThrow("cannot be opened");
    }
    expect(accounts.openCount).toBe(0);
    await accounts.close();
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
    await accounts.close();
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
