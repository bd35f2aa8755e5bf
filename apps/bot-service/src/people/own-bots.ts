import { type Runtime, sleep } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";

/** Bots stop within a second; those of a daemon that is away stop when another has taken them up. */
const WAIT_MS = 5000;
const LOOK_EVERY_MS = 100;

const STOP = statement(
  "people_stop_bots",
  `with own as (select d.bot_id from public.bot_deployments d where d.owner_id = $1::uuid for update), asked as (
     insert into public.bot_control (bot_id, command, payload, issued_by)
     select own.bot_id, 'STOP_BOT', '{"remove": true}'::jsonb, null::uuid from own
   )
   select bot_id from own`,
);
const LEFT = statement(
  "people_bots_left",
  "select count(*)::int as count from public.bot_deployments d where d.bot_id = any ($1::text[])",
);

/** Has the bots of an owner stopped and their deployments deleted, and waits for that for some seconds. Returns how many there are. */
export async function stopBots(
  sql: Pick<Sql, "query">,
  { clock }: Pick<Runtime, "clock">,
  ownerId: string,
): Promise<number> {
  const own = await sql.query<{ bot_id: string }>(STOP, [ownerId]);
  const ids = own.map(({ bot_id }) => bot_id);
  for (const untilMs = clock.monotonicMs() + WAIT_MS; ids.length > 0 && clock.monotonicMs() < untilMs; ) {
    const [row] = await sql.query<{ count: number }>(LEFT, [ids]);
    if (row?.count === 0) break;
    await sleep(clock, LOOK_EVERY_MS);
  }
  return ids.length;
}
