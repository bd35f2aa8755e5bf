/** One change of a connection's state. */
export interface StateChange {
  /** ISO time. */
  readonly at: string;
  readonly state: string;
  readonly errorClass?: string;
  readonly reason?: string;
}

/** The last states of one socket or channel, oldest first. */
export interface ConnectionHistory {
  /** `server`, `socket <id>` or `channel <client id> <topic>`. */
  readonly connection: string;
  readonly changes: readonly StateChange[];
}

/** Both at least 1. */
export interface HistoryLimits {
  readonly connections: number;
  readonly changesEach: number;
}

/**
 * The last `changesEach` states of at most `connections` connections. When full, ended connections are forgotten
 * first, and among equals the one that changed longest ago.
 */
export function createStateHistories<Change = StateChange>(limits: HistoryLimits) {
  // Each map is in order of the last change, because a changed entry is set anew.
  const live = new Map<string, readonly Change[]>();
  const ended = new Map<string, readonly Change[]>();

  const forgetOne = () => {
    const map = ended.size > 0 ? ended : live;
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  };

  const changesOf = (connection: string) => live.get(connection) ?? ended.get(connection) ?? [];

  return {
    /** The changes of one connection, oldest first; none if it is not remembered. */
    of: changesOf,
    add(connection: string, change: Change, isEnd: boolean): void {
      const before = changesOf(connection);
      live.delete(connection);
      ended.delete(connection);
      (isEnd ? ended : live).set(connection, [...before, change].slice(-limits.changesEach));
      if (live.size + ended.size > limits.connections) forgetOne();
    },
    /** Those not ended, the one that changed longest ago first. */
    live: () => [...live].map(([connection, changes]) => ({ connection, changes })),
    all: () => [...ended, ...live].map(([connection, changes]) => ({ connection, changes })),
  };
}
