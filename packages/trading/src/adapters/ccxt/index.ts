export {
  type CcxtExchanges,
  type CcxtExchangesOptions,
  createCcxtExchanges,
  type ExchangeKeys,
} from "./ccxt-exchanges.ts";
export { LIVE_EXCHANGES, type LiveExchange } from "./live-exchanges.ts";
