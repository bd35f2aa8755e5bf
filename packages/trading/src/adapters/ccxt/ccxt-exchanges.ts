import { abortable, type Runtime, withTimeLimit } from "@shoal/kernel";
import { type CcxtSettings, createBoundedFetch, createConnection, loadExchange, secretsOf } from "@shoal/market/ccxt";
import { isPositive } from "../../decimal.ts";
import { TradingError } from "../../errors.ts";
import {
  type BalancesResult,
  EXCHANGE_TIMES,
  type ExchangeOrder,
  type ExchangeOrderKey,
  type ExchangeOrderRequest,
  type ExchangePort,
  type InstrumentsResult,
  type ReadResult,
  type SendOptions,
  type SendResult,
  type Unanswered,
} from "../../exchange/exchange.types.ts";
import type { InstrumentText } from "../../instrument.ts";
import { Call, currentCall, runInCall } from "./call.ts";
import type { CcxtAccount, CcxtOrder } from "./ccxt.types.ts";
import { LIVE_EXCHANGES, type LiveExchange } from "./live-exchanges.ts";
import { balancesOfCcxt, instrumentOfCcxt, orderOfCcxt } from "./order-of-ccxt.ts";
import { type CallFailure, notAsked, resultOfError } from "./result-of-error.ts";

/** An account's keys. OKX calls `password` a passphrase. */
export interface ExchangeKeys {
  readonly apiKey: string;
  readonly secret: string;
  readonly password?: string;
}

export interface CcxtExchangesOptions {
  readonly runtime: Pick<Runtime, "clock">;
  /** Settings for ccxt by exchange, such as `urls` of a stand-in. */
  readonly settings?: Readonly<Record<string, CcxtSettings>>;
}

export interface CcxtExchanges {
  /**
   * Returns an account. Nothing is imported or sent before it is first asked for something; accounts of one exchange share its list of
   * markets. Throws `TRADING_EXCHANGE_UNSUPPORTED` where an order cannot be read back by our id.
   */
  account(exchangeId: string, keys: ExchangeKeys): ExchangePort;
}

/** Binance's list of markets has 17 MB; a thousand trades have 0.3. */
const MAX_MARKETS_BYTES = 64 * 1024 * 1024;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** From the call on: the request may begin late within it. */
const EXPIRES_AFTER_MS = EXCHANGE_TIMES.sendWithinMs + EXCHANGE_TIMES.arrivalMs;

/** Makes the accounts of a process at exchanges, by ccxt: at the pace of its `rateLimit`, and without its own repeated tries. */
export function createCcxtExchanges({ runtime, settings = {} }: CcxtExchangesOptions): CcxtExchanges {
  const { clock } = runtime;
  const bounds = { clock, limitMs: EXCHANGE_TIMES.requestMs, watch: currentCall };
  const fetchMarkets = createBoundedFetch({ ...bounds, maxBytes: MAX_MARKETS_BYTES });
  const fetchAnswer = createBoundedFetch({ ...bounds, maxBytes: MAX_ANSWER_BYTES });
  const shared = new Map<string, Connect>();
  return {
    account(exchangeId, keys) {
      const traits = LIVE_EXCHANGES.get(exchangeId);
      if (traits === undefined) throw unsupported(exchangeId);
      const own = merged(traits.settings, settings[exchangeId] ?? {});
      const forAll = { ...own, ...NO_KEYS, fetchImplementation: fetchMarkets, number: String };
      const connection = { exchangeId, settings: forAll, needed: "createOrder", clock };
      const markets = shared.get(exchangeId) ?? createConnection<CcxtAccount>(connection);
      shared.set(exchangeId, markets);
      const forOne = { ...own, ...keys, fetchImplementation: fetchAnswer, number: String };
      return new CcxtPort({ runtime, traits, markets, exchangeId, settings: forOne });
    },
  };
}

const NO_KEYS = { apiKey: "", secret: "", password: "" };

function unsupported(exchangeId: string): TradingError {
  const known = [...LIVE_EXCHANGES.keys()].join(", ");
  const message = `Orders cannot be sent to ${JSON.stringify(exchangeId.slice(0, 64))} once and only once: ccxt does not know it, or it does not find an order by our id. Use one of ${known}.`;
  return new TradingError("TRADING_EXCHANGE_UNSUPPORTED", message, { details: { exchangeId } });
}

/** Of two values of one setting the later counts; `options` and `has` are joined. */
function merged(...all: readonly CcxtSettings[]): CcxtSettings {
  const inner = (name: string) => Object.assign({}, ...all.map((settings) => settings[name]));
  return Object.assign({}, ...all, { options: inner("options"), has: inner("has") });
}

type Connect = (symbols: readonly string[]) => Promise<CcxtAccount>;

interface PortOptions {
  readonly runtime: Pick<Runtime, "clock">;
  readonly traits: LiveExchange;
  readonly markets: Connect;
  readonly exchangeId: string;
  readonly settings: CcxtSettings;
}

interface AskOptions {
  readonly signal: AbortSignal;
  /** Those that it is about. */
  readonly symbols?: readonly string[];
  readonly beginBeforeMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

type Asked<T> = { readonly kind: "value"; readonly value: T } | CallFailure;

class CcxtPort implements ExchangePort {
  readonly #options: PortOptions;
  readonly #secrets: readonly string[];
  #account: Promise<CcxtAccount> | undefined;

  constructor(options: PortOptions) {
    this.#options = options;
    this.#secrets = secretsOf(options.settings);
  }

  async send(order: ExchangeOrderRequest, { beginBeforeMs, signal }: SendOptions): Promise<SendResult> {
    const { traits, runtime } = this.#options;
    const { symbol, type, side, quantity, price } = order;
    if (!traits.orderTypes.includes(type)) {
      const message = `Orders of type ${type} cannot be sent to ${this.#options.exchangeId}. It takes ${traits.orderTypes.join(", ")}.`;
      return { kind: "rejected", code: "TRADING_EXCHANGE_UNSUPPORTED", message };
    }
    const clientOrderId = traits.clientId(order.clientId);
    const { params: expiry, headers = {} } = traits.expiry(runtime.clock.now() + EXPIRES_AFTER_MS);
    const asked = await this.#ask({ signal, symbols: [symbol], beginBeforeMs, headers }, async (account) => {
      const stop = type === "stop" ? { stopLossPrice: price } : {};
      const params = { clientOrderId, ...stop, ...expiry };
      const plain = type === "limit" ? "limit" : "market";
      const taken = await account.createOrder(
        symbol,
        plain,
        side,
        quantity,
        type === "limit" ? price : undefined,
        params,
      );
      return orderOfCcxt(taken, taken.trades ?? [], { clientId: clientOrderId, quote: quoteOf(account, symbol) });
    });
    if (asked.kind === "value") {
      return asked.value === null ? unreadable("a send") : { kind: "accepted", order: asked.value };
    }
    if (asked.kind !== "absent") return asked;
    return {
      kind: "rejected",
      code: "TRADING_EXCHANGE_INVALID_ORDER",
      message: "The exchange does not have what the order is about.",
    };
  }

  async read({ clientId, symbol }: ExchangeOrderKey, signal: AbortSignal): Promise<ReadResult> {
    const { traits } = this.#options;
    const id = traits.clientId(clientId);
    const asked = await this.#ask({ signal, symbols: [symbol] }, async (account) => {
      const found = await traits.find(account, id, symbol);
      return found === undefined ? undefined : await this.#readTrades(account, found, { clientId: id, symbol });
    });
    if (asked.kind !== "value") return asked.kind === "rejected" ? { kind: "unknown", message: asked.message } : asked;
    if (asked.value === undefined) return { kind: "absent" };
    return asked.value === null ? unreadable("a look") : { kind: "found", order: asked.value };
  }

  async #readTrades(
    account: CcxtAccount,
    found: CcxtOrder,
    { clientId, symbol }: ExchangeOrderKey,
  ): Promise<ExchangeOrder | null> {
    const of = { clientId, quote: quoteOf(account, symbol) };
    const bare = orderOfCcxt(found, [], of);
    if (bare === null || !isPositive(bare.filledQuantity)) return bare;
    const trades = await this.#options.traits.trades(account, { ...found, id: bare.exchangeId }, symbol);
    return orderOfCcxt(found, trades, of);
  }

  async cancel(key: ExchangeOrderKey, signal: AbortSignal): Promise<ReadResult> {
    const { traits } = this.#options;
    const asked = await this.#ask({ signal, symbols: [key.symbol] }, (account) =>
      traits.cancel(account, traits.clientId(key.clientId), key.symbol),
    );
    if (asked.kind === "later" || asked.kind === "key-refused") return asked;
    // Whatever was answered, the order itself says what became of it: it may have been filled before.
    const found = await this.read(key, signal);
    const isRefused = asked.kind === "rejected" || asked.kind === "absent";
    if (found.kind !== "found" || found.order.state !== "open" || !isRefused) return found;
    return { ...found, refusal: asked.kind === "rejected" ? asked.message : "It says that it has no such order." };
  }

  async instruments(symbols: readonly string[], signal: AbortSignal): Promise<InstrumentsResult> {
    const asked = await this.#ask({ signal, symbols }, async ({ markets = {} }) => {
      const instruments: InstrumentText[] = [];
      const unknownSymbols: string[] = [];
      for (const symbol of new Set(symbols)) {
        const instrument = instrumentOfCcxt(symbol, Object.hasOwn(markets, symbol) ? markets[symbol] : undefined);
        if (instrument === null) unknownSymbols.push(symbol);
        else instruments.push(instrument);
      }
      return { instruments, unknownSymbols };
    });
    return asked.kind === "value" ? { kind: "found", ...asked.value } : unanswered(asked);
  }

  async balances(signal: AbortSignal): Promise<BalancesResult> {
    const asked = await this.#ask({ signal }, async (account) => await account.fetchBalance({}));
    return asked.kind === "value" ? { kind: "found", free: balancesOfCcxt(asked.value.free) } : unanswered(asked);
  }

  /** Asks the account for something, within the time of a call; what goes wrong is a value. */
  async #ask<T>(options: AskOptions, work: (account: CcxtAccount) => Promise<T>): Promise<Asked<T>> {
    const { beginBeforeMs = Number.POSITIVE_INFINITY, headers = {} } = options;
    const { clock } = this.#options.runtime;
    const limitMs = EXCHANGE_TIMES.sendWithinMs + EXCHANGE_TIMES.requestMs;
    const late = new Error("the exchange did not answer in time");
    return await withTimeLimit({ clock, limitMs, signal: options.signal, late }, async (signal) => {
      const connecting = new Call({ clock, signal, beginBeforeMs });
      const asking = new Call({ clock, signal, beginBeforeMs, headers });
      let account: CcxtAccount | undefined;
      try {
        const connected = await abortable(
          runInCall(connecting, () => this.#connect(options.symbols ?? [])),
          signal,
        );
        account = connected;
        const answered = runInCall(asking, () => work(connected));
        return { kind: "value", value: await abortable(answered, signal) };
      } catch (error) {
        // Without the list of markets nothing was asked yet, whatever has failed.
        const result = account === undefined ? notAsked : resultOfError;
        return result(error, account === undefined ? connecting : asking, this.#secrets);
      }
    });
  }

  async #connect(symbols: readonly string[]): Promise<CcxtAccount> {
    const { markets, exchangeId, settings } = this.#options;
    const source = await markets(symbols);
    this.#account ??= loadExchange<CcxtAccount>(exchangeId, settings, "createOrder").then((account) => {
      // They are on lot and tick already, and ccxt would cut them in doubles.
      account.amountToPrecision = (_, amount) => String(amount);
      account.priceToPrecision = (_, price) => String(price);
      return account;
    });
    const account = await this.#account;
    account.setMarketsFromExchange(source);
    return account;
  }
}

function quoteOf({ markets }: CcxtAccount, symbol: string): string {
  return String(markets?.[symbol]?.quote ?? "");
}

function unreadable(what: string): Unanswered {
  return { kind: "unknown", message: `The exchange answered ${what} with something that is no order.` };
}

/** For questions that change nothing: an exchange that refuses to answer them has not answered. */
function unanswered(failure: CallFailure): Unanswered {
  if (failure.kind === "absent") return { kind: "unknown", message: "The exchange does not have it." };
  return failure.kind === "rejected" ? { kind: "unknown", message: failure.message } : failure;
}
