import { type Clock, withTimeout } from "@shoal/kernel";
import { unanswered } from "./map-error.ts";

/** One connection of the client, and the server's session that answers on it at the moment. */
export interface Session {
  serverPid(): Promise<number>;
  /** Runs `work` inside a transaction of this connection. */
  whileInTransaction<T>(work: () => Promise<T>): Promise<T>;
}

const ASKS = 2;
const ANSWER_LIMIT_MS = 2_000;

/**
 * Finds out whether a transaction pooler stands before the server. Named prepared statements live in a server session; where
 * a pooler shares sessions, one query silently gets the answer of another (seen with PgBouncer 1.18 and some hundred
 * queries at once).
 *
 * A pooler shares a session again when a transaction ends. So a second connection, in a transaction, takes the session that
 * answered the first one, and the first one is then answered by another session, or by none. On a direct connection the same
 * session answers always. Too slow an answer counts as pooled: that is slower but never wrong.
 */
export async function isPooled(first: Session, second: Session, clock: Clock): Promise<boolean> {
  const sessions = new Set<number>();
  // Asks before the transaction as well: a pooler that takes turns shows another session already here.
  for (let ask = 0; ask < ASKS; ask += 1) sessions.add(await first.serverPid());
  return second.whileInTransaction(async () => {
    for (let ask = 0; ask < ASKS; ask += 1) {
      const answer = await withTimeout(clock, ANSWER_LIMIT_MS, first.serverPid());
      if (answer.kind === "timeout") return true;
      sessions.add(answer.value);
    }
    return sessions.size > 1;
  });
}

/**
 * `isPooled` for a connection string, over two connections that are closed again.
 * @throws STORE_UNAVAILABLE (retryable) not found out within `limitMs`
 */
export async function detectPooler(url: string, clock: Clock, limitMs: number): Promise<boolean> {
  const connect = () => new Bun.SQL(url, { max: 1, prepare: false, connectionTimeout: 10 });
  const [first, second] = [connect(), connect()];
  try {
    const outcome = await withTimeout(clock, limitMs, isPooled(sessionOf(first), sessionOf(second), clock));
    if (outcome.kind === "value") return outcome.value;
    throw unanswered(limitMs);
  } finally {
    // Closes without waiting: a query without an answer would be waited for.
    await Promise.all([first.close({ timeout: 0 }), second.close({ timeout: 0 })]);
  }
}

function sessionOf(connection: Bun.SQL): Session {
  const pidFrom = async (driver: Pick<Bun.SQL, "unsafe">) => {
    const rows = await driver.unsafe<{ pid: number }[]>("select pg_backend_pid() as pid");
    return rows[0]?.pid ?? 0;
  };
  return {
    serverPid: () => pidFrom(connection),
    whileInTransaction: (work) =>
      connection
        .begin(async (tx) => {
          await pidFrom(tx);
          return { result: await work() };
        })
        .then(({ result }) => result),
  };
}
