import type { Database } from "@shoal/store";
import { type Backend, testDatabase } from "@shoal/testkit";
import fc from "fast-check";
import { expect } from "vitest";
import { makeStory, type Scene } from "./story.ts";
import { brokenPromises, emptyMatchTables } from "./support.ts";

/**
 * Plays random histories of two replicas on one real database. After every scene no promise may be broken (no person in two
 * open matches, no bot with a bot, no ticket lost), and at the end all who still wait must get a partner.
 */
export async function playHistories(
  backend: Backend,
  anyHistory: fc.Arbitrary<Scene[]>,
  run: { readonly numRuns: number; readonly seed?: number },
): Promise<{ readonly acts: number; readonly emitted: readonly string[] }> {
  await using test = await testDatabase({ backend });
  const pools: Database[] = [test.database, test.connect(4)];
  let acts = 0;
  const emitted = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyHistory, async (history) => {
      await emptyMatchTables(test.database);
      const story = makeStory(pools);
      for (const scene of history) {
        await story.play(scene);
        expect([...(await brokenPromises(test.database)), ...(await againstRules(test.database))]).toEqual([]);
      }
      expect(await story.settle()).toEqual([]);
      expect(await brokenPromises(test.database)).toEqual([]);
      acts += story.actCount;
      for (const event of story.emitted()) emitted.add(event);
    }),
    // What happens at the same moment seldom happens again: to look for a shorter history takes minutes, and finds none.
    { endOnFailure: true, ...run },
  );
  return { acts, emitted: [...emitted] };
}

/** Finds open matches of people who are not equal, or further apart than any window: a ticket in a match stays as it was when that was made. */
async function againstRules(database: Database<string>): Promise<string[]> {
  const rows = await database.query<{ pair: string }>(
    `select one.user_id || ' ' || two.user_id as pair
     from shoal.match_tickets one join shoal.match_tickets two on two.match_id = one.match_id and two.id > one.id
     where one.status in ('reserved', 'matched') and two.status in ('reserved', 'matched') and (
       one.attributes -> 'language' is distinct from two.attributes -> 'language'
       or abs((one.attributes ->> 'skill')::int - (two.attributes ->> 'skill')::int) > 3
     )`,
  );
  return rows.map(({ pair }) => `against the rules: ${pair}`);
}
