import { type TestDatabase, testDatabase, usualBackends } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { forgetBots, insert, makeReplica, mortal, type Replica, reached } from "./control-support.ts";

/** A command that is rejected, because only the order of turns matters here. */
const NO_SUCH_BOT = "PAUSE_BOT";
const LATE = "the one that comes last";

describe.each(usualBackends())("whose turn it is, on the %s backend", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  beforeEach(() => forgetBots(test.database));
  afterAll(() => test[Symbol.asyncDispose]());

  /** Writes commands to each of several bots, one bot after the other. */
  const flood = (bots: number, commands: number) =>
    test.database.query(
      `insert into public.bot_control (bot_id, command)
       select 'a bot ' || bot, $3 from generate_series(1, $1::int) bot, generate_series(1, $2::int) order by bot`,
      [bots, commands, NO_SUCH_BOT],
    );
  const decided = ({ log }: Replica) => log.filter(({ name }) => name === "command:applied").length;
  /** Counts the rounds before the one that decided that bot's command. */
  const roundsBefore = ({ log }: Replica, botId: string) => {
    const at = log.findIndex((event) => event.name === "command:applied" && event.botId === botId);
    return log.slice(0, at).filter(({ name }) => name === "control:round").length;
  };

  it.each([
    ["one", 1, 2000, 0],
    ["a few", 10, 200, 0],
    ["more than have a turn in a round", 550, 4, 1],
  ])("a flood for other bots, %s, does not hold up a command", async (_how, bots, commands, rounds) => {
    await using replica = makeReplica(test);
    await flood(bots, commands);
    await insert(test.database, LATE, NO_SUCH_BOT);
    replica.control.start();
    await reached([replica], bots * commands + 1, () => decided(replica));
    expect(roundsBefore(replica, LATE)).toBeLessThanOrEqual(rounds);
    const inOrder = await test.database.query<{ ids: string[] }>(
      "select array_agg(id::text order by seq) as ids from public.bot_control group by bot_id order by bot_id",
    );
    const applied = Map.groupBy(replica.seen("command:applied"), ({ botId }) => botId);
    const byBot = [...applied.values()].map((commandsOfOne) => commandsOfOne.map(({ commandId }) => commandId));
    expect(new Set(byBot.map((ids) => ids.join()))).toEqual(new Set(inOrder.map(({ ids }) => ids.join())));
  });

  it("rows that somebody has locked hold up nobody else, however many they are", async () => {
    await using replica = makeReplica(test);
    await flood(550, 1);
    const locking = test.connect(1);
    await locking.transaction(async (tx) => {
      await tx.query("select 1 from public.bot_control for update");
      await insert(test.database, LATE, NO_SUCH_BOT);
      replica.control.start();
      await reached([replica], 1, () => decided(replica));
      expect(replica.seen("command:applied")).toMatchObject([{ botId: LATE }]);
    });
    replica.control.nudge();
    await reached([replica], 551, () => decided(replica));
  });

  it("a command that comes when its bot has had its turn is found in the next pass, by looking", async () => {
    const life = mortal(test.connect());
    await using replica = makeReplica(test, { database: life.database });
    await flood(550, 1);
    const first = life.holdCommit();
    replica.control.start();
    await first.committed;
    await insert(test.database, "a bot 1", NO_SUCH_BOT);
    first.answer();
    await reached([replica], 551, () => decided(replica));
  });
});
