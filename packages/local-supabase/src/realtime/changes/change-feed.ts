import type { Channel } from "../channel.ts";
import type { IdentifiedParams } from "./change-ids.ts";

/** Where channels get database changes from. */
export interface ChangeFeed {
  /** Answers by system messages on the channel, when the stream is live or the parameters are refused. */
  subscribe(channel: Channel, changes: readonly IdentifiedParams[]): void;
  /** Idempotent. */
  unsubscribe(channel: Channel): void;
  close(): Promise<void>;
}

/** For a server without a database. */
export const noChangeFeed: ChangeFeed = {
  subscribe(channel) {
    channel.system("postgres_changes", "error", "Realtime was unable to connect to the project database");
  },
  unsubscribe() {},
  async close() {},
};
