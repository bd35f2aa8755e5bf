export { createBoundedFetch, type RequestWatch } from "./bounded-fetch.ts";
export { classNames } from "./class-names.ts";
export { createExchangeSource, type ExchangeSourceOptions } from "./exchange-source.ts";
export { type CcxtBase, type CcxtSettings, createConnection, loadExchange } from "./load-exchange.ts";
export { redact, secretsOf } from "./redact.ts";
