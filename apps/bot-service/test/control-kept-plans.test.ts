import { type AskKept, pagesOfKeptPlans, testDatabase, usualBackends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { findWork, writeWaiting } from "../src/control/find-work.ts";

const FEW = 8;
const MANY = 20_000;
const BATCH = 25;
const LIMIT_MS = 120_000;
/** What replicas run that live is counted, and not looked up. */
const MAX_PAGES_OF_LIVING = 500;
/** Of 8 kB each: for 500 bots with commands and 500 that are live. To read a table for each would be 100,000 and more. */
const MAX_PAGES = 12_000;

/** Bots of two replicas, one in forty live, and one in ten with a command that waits. */
const addBots = (first: number, last: number) => `
  set session_replication_role = replica;
  insert into shoal.leases
    select 'bot:bot ' || n, 'r' || n % 2, 1, now() + interval '1 hour' from generate_series(${first}, ${last}) n;
  insert into public.bot_deployments (bot_id, kind, name, desired, status, replica)
    select 'bot ' || n, 'echo', 'Echo', state, state, 'r' || n % 2
    from generate_series(${first}, ${last}) n cross join lateral (select case n % 40 when 2 then 'running' else 'stopped' end as state) s;
  insert into public.bot_control (bot_id, command, applied_at, outcome)
    select 'bot ' || n, 'STOP_BOT', case when n % 10 > 1 then now() end, case when n % 10 > 1 then 'rejected' end
    from generate_series(${first}, ${last}) n;
  insert into shoal.replicas (replica_id, protocol, version, role, is_draining, bot_max, renewed_at, expires_at)
    select 'r' || n, 1, '0', 'all', false, 9, now() + interval '1 hour', now() + interval '1 hour' from generate_series(0, 1) n
    on conflict do nothing;
  set session_replication_role = origin;`;

const ROOM = {
  kinds: new Map([["echo", { names: ["Echo"] }]]),
  maxCount: 100,
  freeCount: 100,
  freeForOperatorCount: 100,
};
const SEARCH = { perOwnerCount: 5, afterBotId: "", isThorough: false };
const waiting = (isFull: boolean) =>
  Array.from({ length: isFull ? BATCH : 2 }, (_, n) => ({
    bot_id: `bot ${(isFull ? MANY / 2 : 2) + n}`,
    obstacle: "X",
  }));

const ASKS: Record<string, AskKept> = {
  "a search for work": (sql) => findWork(sql, "r1", ROOM, SEARCH),
  "a search where no command waits": (sql) => findWork(sql, "r1", ROOM, { ...SEARCH, afterBotId: "~" }),
  "a thorough search": (sql) => findWork(sql, "r1", ROOM, { ...SEARCH, isThorough: true }),
  "a look whether there is work": (sql) => sql.query("select shoal.has_control_work()"),
  "a note of why bots wait": (sql, isFull) => writeWaiting(sql, waiting(isFull)),
};

describe.each(usualBackends())("on the %s Postgres, plans from when there were a few bots", (backend) => {
  it(
    "read a few pages of many",
    async () => {
      await using test = await testDatabase({ backend });
      const pages = await pagesOfKeptPlans(test, { asks: ASKS, few: addBots(1, FEW), many: addBots(FEW + 1, MANY) });
      expect(Object.entries(pages).filter(([, pageCount]) => pageCount > MAX_PAGES)).toEqual([]);
      expect(pages["a search where no command waits"]).toBeLessThan(MAX_PAGES_OF_LIVING);
    },
    LIMIT_MS,
  );
});
