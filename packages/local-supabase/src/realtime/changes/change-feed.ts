import type { Channel } from "../channel.ts";
import type { ChangeParams } from "../join-payload.ts";

/** The source of database changes for channels. */
export interface ChangeFeed {
  /** Whether the stream runs: what commits now is delivered. True where there is no database. */
  readonly isLive: boolean;
  /** Resolves when the stream is live or closed. Starts it at the first call. */
  live(): Promise<void>;
  /** Answers with a system message on the channel, once the stream is live or the parameters are refused. */
  subscribe(channel: Channel, changes: readonly IdentifiedParams[]): void;
  /** Idempotent. */
  unsubscribe(channel: Channel): void;
  /** Forgets every subscription without a message: its channel hears of no row until it joins again. @returns how many channels */
  silence(): number;
  close(): Promise<void>;
}

/** The feed of a server without a database. */
export const noChangeFeed: ChangeFeed = {
  isLive: true,
  async live() {},
  subscribe(channel) {
    channel.system("postgres_changes", "error", "Realtime was unable to connect to the project database");
  },
  unsubscribe() {},
  silence: () => 0,
  async close() {},
};

/** A `postgres_changes` entry with the id that its changes carry. */
export type IdentifiedParams = ChangeParams & { readonly id: number };

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Cuts the hash to 27 bits, as the server's has. @source https://www.erlang.org/doc/apps/erts/erlang.html#phash2/1 */
const ID_MASK = 0x07ffffff;

/** Adds to each entry the hash of its parameters: equal entries get equal ids, on every socket. */
export function withIds(changes: readonly ChangeParams[]): IdentifiedParams[] {
  return changes.map((params) => ({ ...params, id: hashParams(params) }));
}

// FNV-1a over the entry in canonical form. The real server uses Erlang's phash2; clients only compare ids.
function hashParams(params: ChangeParams): number {
  const canonical = JSON.stringify(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(canonical)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return (hash >>> 0) & ID_MASK;
}
