import { type Runtime, SECOND_MS } from "@shoal/kernel";
import type { ConnectionUrl } from "./connection-url.ts";
import { detectPooler } from "./detect-pooler.ts";

export interface DriverOptions {
  readonly url: ConnectionUrl;
  readonly isPooled: boolean;
  readonly prepare: boolean | undefined;
  readonly maxConnections: number;
  /** How long a connection may be at rest before it is closed, in ms. */
  readonly idleLimitMs: number;
  readonly queryLimitMs: number;
  /** Called each time a connection was made. */
  readonly onConnected: () => void;
}

const CONNECT_LIMIT_MS = 10 * SECOND_MS;

/** The driver's limits are in whole seconds; 0 would mean without a limit. */
const inSeconds = (ms: number) => Math.max(1, Math.ceil(ms / SECOND_MS));

export function openDriver(options: DriverOptions): Bun.SQL {
  const { url, isPooled, prepare, maxConnections, idleLimitMs, queryLimitMs, onConnected } = options;
  const hasName = new URL(url.driverUrl).searchParams.has("application_name");
  return new Bun.SQL(url.driverUrl, {
    max: maxConnections,
    prepare: prepare ?? !isPooled,
    idleTimeout: inSeconds(idleLimitMs),
    connectionTimeout: inSeconds(Math.min(CONNECT_LIMIT_MS, queryLimitMs)),
    onconnect: onConnected,
    ...(!isPooled && !hasName && { connection: { application_name: "shoal" } }),
  });
}

/** As `detectPooler`; logs what it found. */
export async function askForPooler(
  { log, clock }: Pick<Runtime, "log" | "clock">,
  { driverUrl }: ConnectionUrl,
  limitMs: number,
): Promise<boolean> {
  const isPooled = await detectPooler(driverUrl, clock, limitMs);
  if (isPooled) log.warn({}, "the database is reached through a transaction pooler: no prepared statements");
  return isPooled;
}
