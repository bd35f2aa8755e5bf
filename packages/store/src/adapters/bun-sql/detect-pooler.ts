import { type Clock, withTimeout } from "@shoal/kernel";
import { unanswered } from "./map-error.ts";

/** One connection of the client, and the server's session that answers on it at the moment. */
export interface Session {
  serverPid(): Promise<number>;
  /** Runs `work` inside a transaction of this connection. */
  whileInTransaction<T>(work: () => Promise<T>): Promise<T>;
}

const ASKS = 2;
/** Each time about one pooler in two shows another session, however many others use it at the moment. */
const ASKS_SIDE_BY_SIDE = 10;
const ANSWER_LIMIT_MS = 2_000;

/**
 * Finds out whether a transaction pooler stands before the server. Named prepared statements live in a server session; where
 * a pooler shares sessions, one query silently gets the answer of another (seen with PgBouncer 1.18 and some hundred
 * queries at once).
 *
 * A pooler shares a session again when a transaction ends. So a second connection, in a transaction, takes the session that
 * answered the first one, and the first one is then answered by another session, or by none. On a direct connection the same
 * session answers always. Too slow an answer counts as pooled: that is slower but never wrong.
 *
 * Others may have that session just then, as where several daemons start together. So both connections ask side by side as well, where
 * a pooler mixes up their sessions: the one that is given back last answers next.
 */
export async function isPooled(first: Session, second: Session, clock: Clock): Promise<boolean> {
  const sessions = new Set<number>();
  // Asks before the transaction as well: a pooler that takes turns shows another session already here.
  for (let ask = 0; ask < ASKS; ask += 1) sessions.add(await first.serverPid());
  const isShared = await second.whileInTransaction(async () => {
    for (let ask = 0; ask < ASKS; ask += 1) {
      const answer = await withTimeout(clock, ANSWER_LIMIT_MS, first.serverPid());
      if (answer.kind === "timeout") return true;
      sessions.add(answer.value);
    }
    return sessions.size > 1;
  });
  return isShared || areMixedUp(first, second);
}

/** Whether one of two connections that ask side by side is answered by several sessions, or by that of the other one. */
async function areMixedUp(...connections: readonly [Session, Session]): Promise<boolean> {
  const [first, second] = [new Set<number>(), new Set<number>()];
  for (let ask = 0; ask < ASKS_SIDE_BY_SIDE; ask += 1) {
    const [ofFirst, ofSecond] = await Promise.all(connections.map((connection) => connection.serverPid()));
    first.add(ofFirst ?? 0);
    second.add(ofSecond ?? 0);
    if (first.size > 1 || second.size > 1 || !first.isDisjointFrom(second)) return true;
  }
  return false;
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
