import type { TestDatabase } from "@shoal/testkit";

/** Somebody of whom something is kept in every place of the list, beside somebody else who talked, blocked and reported. */
export interface Person {
  readonly id: string;
  /** What else is written of the person: the display name and words. */
  readonly words: string;
}

type Row = Readonly<Record<string, unknown>>;

/** Lets a person leave traces everywhere: by the functions that daemons and people call, and by rows as daemons write them where these take a whole daemon. */
export async function leaveTraces(
  { database }: Pick<TestDatabase, "database">,
  { id, words }: Person,
  otherId: string,
): Promise<void> {
  const one = async <T extends Row>(text: string, params: readonly (string | null)[] = []) =>
    (await database.query<T>(text, params))[0] as T;
  const open = async (user: string, name: string, source: string) =>
    (
      await one<{ id: string }>(
        "select ticket_id as id from shoal.ticket_open($1, $2, $3, null, ($4::text)::jsonb) limit 1",
        [...[user, name, source, JSON.stringify({ language: name })]],
      )
    ).id;
  await database.query("insert into public.bot_memory_consents (user_id) values ($1), ($2)", [id, otherId]);

  const [own, other] = [await open(id, words, "api"), await open(otherId, "Other", "api")];
  const match = await one<{ id: string }>(
    `select shoal.match_commit('r', 8000, jsonb_build_array(jsonb_build_object(
       'match_id', gen_random_uuid(), 'room_id', gen_random_uuid(), 'first', $1::text, 'second', $2::text))) as id`,
    [own, other],
  );
  for (const participant of [id, otherId])
    await database.query("select shoal.match_confirm($1, $2)", [match.id, participant]);
  const mark = "select shoal.mark_conversation($1, $2, null, $3, $4, $5, $6)";
  await database.query(mark, [match.id, id, "self_harm", "bot", null, null]);
  await database.query("select shoal.match_report($1, $2, $3)", [id, match.id, words]);
  await database.query("select shoal.match_report($1, $2, 'rude')", [otherId, match.id]);
  await database.query("select shoal.memory_save($1, 'ada', ($2::text)::jsonb)", [
    id,
    JSON.stringify([`is called ${words}`]),
  ]);
  await database.query("select shoal.memory_save($1, 'ada', '[\"has a dog\"]')", [otherId]);
  await database.query("select shoal.match_end($1, 'left', $2)", [match.id, id]);
  for (const participant of [id, otherId])
    await database.query("select shoal.match_block($1, $2)", [participant, match.id]);
  // A later match of the other with a third, who is reported in words that name the person, and is handed over.
  const third = await one<{ id: string }>(
    `with made as (
       insert into shoal.matches (match_id, room_id, status, confirm_by, live_at) values (gen_random_uuid(), gen_random_uuid(), 'live', now(), now())
       returning match_id
     ), seated as (
       insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, replica_id)
       select match_id, 1, $1 || '-third', 'Third', false, gen_random_uuid(), null from made
     ) select match_id as id from made`,
    [otherId],
  );
  await database.query(mark, [third.id, `${otherId}-third`, "report", "person", otherId, `worse than ${id}`]);
  await database.query(
    "insert into shoal.hand_overs (match_id, giver, taker, state, offer) values ($1, 'a', 'b', 'offered', jsonb_build_object('partner', jsonb_build_object('id', $2::text)))",
    [third.id, id],
  );
  await database.query(
    "select shoal.match_keep_untold(array[row('ticket:closed', null, $1, null, null, 'x', null)::shoal.match_change])",
    [id],
  );
  await open(id, words, "api");
  await open(otherId, "Other", "api");
  await database.script(
    `select shoal.reply_reserve('{"conversation": 9, "person": 9, "day": 9, "month": 9}', jsonb_build_array(jsonb_build_object(
       'id', gen_random_uuid(), 'conversation', '${match.id}', 'person', '${id}', 'worst', 1)))`,
  );
  await leaveOwnersTraces(database, { id, words });
}

/** Bots, strategies and trades of an owner. */
async function leaveOwnersTraces(database: TestDatabase["database"], { id, words }: Person): Promise<void> {
  await database.query(
    `insert into public.bot_deployments (bot_id, owner_id, kind, name, config, desired, status)
     values ('bot-of-' || $1::text, $1::uuid, 'conversation', $2, jsonb_build_object('greeting', $2::text), 'running', 'running')`,
    [id, words],
  );
  await database.query(
    `insert into public.bot_control (bot_id, command, payload, issued_by, applied_at, outcome) values
       ('bot-of-' || $1::text, 'START_BOT', jsonb_build_object('name', $2::text), $1::uuid, now(), 'applied'),
       ('bot-of-' || $1::text, 'RESTART_BOT', '{}', null, now(), 'applied')`,
    [id, words],
  );
  await database.query(
    "insert into shoal.leases (resource, holder, epoch, expires_at) values ('bot:bot-of-' || $1::text, null, 1, now())",
    [id],
  );
  const strategy = await database.query<{ id: string }>(
    `select strategy_id as id from shoal.strategy_deploy(jsonb_build_object(
       'owner_id', $1::text, 'name', $2::text, 'deployed_by', $1::text, 'config', jsonb_build_object('of', $2::text), 'interval_ms', 60000, 'zone', 'UTC',
       'venue', 'paper', 'market', 'synthetic', 'account', '{}'::jsonb, 'filter', '{}'::jsonb, 'limit', 5, 'start', true,
       'code', jsonb_build_object('id', repeat('a', 64), 'language', 'javascript', 'source', '// ' || $2::text, 'checked', '{}'::jsonb),
       'book', jsonb_build_object('balances', jsonb_build_array(jsonb_build_object('currency', 'USDT', 'amount', 1)), 'instruments', '[]'::jsonb)))`,
    [id, words],
  );
  const strategyId = strategy[0]?.id ?? "";
  await database.script(`
    insert into shoal.strategy_state values ('${strategyId}', 'note', '"${words}"');
    insert into shoal.strategy_runs (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at, duration_ms, outcome, fuel,
      image_hash, logs) values (gen_random_uuid(), '${strategyId}', 1, 1, 1, repeat('a', 64), 'b', now(), now(), 1, 'ok', 1, 'i', '["${words}"]');
    insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at)
      values (gen_random_uuid(), '${strategyId}', '${id}', gen_random_uuid(), 1, 'paper', 'BTC/USDT', 'buy', 'market', 1, 'filled', now());
    insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, filled_at)
      values ('1', '${strategyId}', 'BTC/USDT', 'buy', 1, 1, 0, 'USDT', now());
    insert into shoal.strategy_positions values ('${strategyId}', 'BTC/USDT', 1, 1, 0, 0);
    insert into shoal.strategy_equity values ('${strategyId}', now(), 1);
    insert into shoal.strategy_secrets (owner_id, name, key_id, nonce, ciphertext) values ('${id}', '${words}', 'k', decode(repeat('00', 12), 'hex'), decode(repeat('00', 20), 'hex'));
    insert into shoal.positions (owner_id, symbol, side, quantity, entry_price) values ('${id}', 'BTC/USDT', 'long', 1, 1);
    insert into shoal.analytics_users values (current_date, 'USDT', '${id}', 'paper', 1, 0, 0, 1, 0, 0);
    insert into shoal.analytics_user_numbers select coalesce(max(number) + 1, 0), '${id}' from shoal.analytics_user_numbers;
    insert into shoal.analytics_answers (key, version, value, made_at) values ('top-users', '${id.slice(0, 8)}', '[{"user":"${id}"}]', now());
  `);
  // A strategy of somebody else that the person has deployed.
  const others = crypto.randomUUID();
  await database.script(`
    insert into shoal.strategy_owners (owner_id) values ('${others}');
    insert into shoal.strategy_code (id, language, source, checked) values (repeat('b', 64), 'javascript', '', '{}') on conflict do nothing;
    insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, market, account, status)
      values ('${others}', '${others}', 'theirs', repeat('b', 64), 60000, 'synthetic', '{}', 'stopped');
    insert into shoal.strategy_versions (strategy_id, version, code_id, config, deployed_by) values ('${others}', 1, repeat('b', 64), '{}', '${id}');
  `);
}

/** Returns the tables of the daemon in which a text stands, in any column. */
export async function tablesWith({ database }: Pick<TestDatabase, "database">, text: string): Promise<string[]> {
  const tables = await database.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
     where c.relkind in ('r', 'p', 'm') and c.relnamespace in ('shoal'::regnamespace, 'public'::regnamespace) order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await database.query<{ is: boolean }>(
      `select exists (select from ${name} t where strpos(lower(t::text), lower($1)) > 0) as is`,
      [text],
    );
    if (row?.is) found.push(name);
  }
  return found;
}
