import { createEmitter, createSystemRuntime, type Log, type Runtime, sleep, unreported } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { type StandInExchange, standInExchange } from "@shoal/testkit";
import { createCcxtExchanges } from "@shoal/trading/ccxt";
import type { OpenExchange } from "../src/strategies/orders/accounts.ts";
import { createOrderDispatcher, type OrderDispatcher } from "../src/strategies/orders/dispatcher.ts";
import type { OrderEvents } from "../src/strategies/orders/events.ts";
import { createSecretStore } from "../src/strategies/secrets/secret-store.ts";
import { addOrder, addStrategy, emptyStrategies, keyringOf, type OrderRow, OWNER, STRATEGY } from "./strategy-rows.ts";

export interface StoredOrder {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly filled: string;
  readonly exchange_id: string | null;
  readonly last_error: string | null;
  readonly is_over: boolean;
}

export type Venue = Awaited<ReturnType<typeof openVenue>>;

/** One database, one stand-in exchange, and the strategy of an owner who trades there; `close` ends it all. */
export async function openVenue(database: Database<string>) {
  const exchange = await standInExchange({ balances: { USDT: "1000000", BTC: "1000" } });
  const lines: string[] = [];
  const events = createEmitter<OrderEvents>();
  events.onAny((name, event) => lines.push(JSON.stringify([name, event])));
  const runtime: Runtime = { ...createSystemRuntime(), log: recordingLog(lines) };
  const keyring = keyringOf(1);
  const secrets = createSecretStore({ database, runtime, keyring });
  const running = new Set<OrderDispatcher>();

  const { apiKey, secret } = exchange;
  await emptyStrategies({ database });
  await secrets.put(OWNER, "main", { apiKey, secret });
  await addStrategy(database, { id: STRATEGY, venue: "binance", secretName: "main" });

  const openAt =
    (at: Pick<StandInExchange, "ccxtSettings">, clock = runtime.clock): OpenExchange =>
    (venue, keys) => {
      // The keys are those of the secret, not those that the stand-in brings along.
      const { apiKey: _key, secret: _secret, ...settings } = at.ccxtSettings;
      return createCcxtExchanges({ runtime: { clock }, settings: { binance: settings } }).account(venue, keys);
    };
  const stored = () =>
    database.query<StoredOrder & Record<string, unknown>>(
      `select id::text, status, reason, trim_scale(filled)::text as filled, exchange_id, last_error, check_at is null as is_over
       from shoal.strategy_orders order by id`,
    );
  /** Lets what is waited for be over: nobody has to wait for it in a test. `sends`: also the time in which a send may still arrive. */
  const passTime = ({ sends = true } = {}) =>
    database.query(
      `update shoal.strategy_orders set check_at = least(check_at, now()),
         sent_at = sent_at - case when $1 then interval '1 minute' else '0' end
       where claimed_at is null and check_at is not null`,
      [sends],
    );

  return {
    ...{ exchange, events, lines, runtime, secrets, stored, passTime, openAt },
    order: (row: Omit<OrderRow, "strategyId"> & { readonly strategyId?: string }) =>
      addOrder(database, { strategyId: STRATEGY, quantity: "0.1", ...row }),
    cancel: (id: string) =>
      database.query(
        `update shoal.strategy_orders set is_cancel_wanted = true,
           check_at = case when claimed_at is null then now() else check_at end where id = $1`,
        [id],
      ),
    dispatcher({
      replicaId = "me",
      over = database,
      openExchange = openAt(exchange),
      ownRuntime = runtime,
      reportLoop = unreported,
    } = {}) {
      const dispatcher = createOrderDispatcher({
        ...{ database: over, runtime: ownRuntime, openExchange, events, reportLoop, replicaId },
        secrets: createSecretStore({ database: over, runtime: ownRuntime, keyring }),
      });
      running.add(dispatcher);
      return dispatcher;
    },
    /** Looks again and again, with time passing in between, until the orders are as they should be. */
    async until(isDone: (orders: readonly StoredOrder[]) => boolean, { sends = true } = {}) {
      for (;;) {
        const orders = await stored();
        if (isDone(orders)) return orders;
        await passTime({ sends });
        for (const dispatcher of running) dispatcher.nudge();
        await sleep(runtime.clock, 5);
      }
    },
    /** As SIGKILL ends one: it is forgotten, with its leases run out. */
    async kill(dispatcher: OrderDispatcher) {
      running.delete(dispatcher);
      await database.query("update shoal.strategy_orders set check_at = now() where claimed_at is not null");
    },
    /** It has ended. */
    forget: (dispatcher: OrderDispatcher) => void running.delete(dispatcher),
    async close() {
      await Promise.all([...running].map((dispatcher) => dispatcher.drain(10_000)));
      exchange.release();
      await exchange[Symbol.asyncDispose]();
    },
  };
}

function recordingLog(lines: string[]): Log {
  const line = (fields: object, message: string) => void lines.push(JSON.stringify([fields, message]));
  return { debug: line, info: line, warn: line, error: line, child: () => recordingLog(lines) };
}
