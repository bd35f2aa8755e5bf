import { errorFields, FleetError, logOutage, printable, type Runtime } from "@shoal/kernel";
import type { SharedCacheProblem, SharedCacheStatus } from "./shared-cache.ts";

const AWAY =
  "Redis does not work: nobody gets an error; answers are kept in this process and shared through Postgres until Redis works again";
const BACK = "Redis works again: answers are shared through it";
const MAX_MESSAGE_LENGTH = 200;

/** What is wrong before a connection stands for the first time. */
export const CONNECTING: SharedCacheProblem = { code: "REDIS_CONNECTING", message: "not connected yet" };

/** What may be wrong at the same time. */
export type RedisTrouble = "connection" | "read" | "write";

export type RedisWatch = ReturnType<typeof watchRedis>;

/** Knows whether Redis works, and logs a line when that changes. At first it is away and nobody is told: it may be connecting. */
export function watchRedis({ clock, log }: Pick<Runtime, "clock" | "log">) {
  const outage = logOutage({ log: log.child({ part: "analytics" }), level: "warn", failing: AWAY, over: BACK });
  const troubles = new Map<RedisTrouble, SharedCacheProblem>([["connection", CONNECTING]]);
  let since = clock.now();
  let isClosed = false;

  const change = (apply: () => void) => {
    const wasUp = troubles.size === 0;
    apply();
    if (wasUp !== (troubles.size === 0)) since = clock.now();
  };
  const worked = (...kinds: readonly RedisTrouble[]) => {
    if (isClosed) return;
    change(() => {
      for (const kind of kinds) troubles.delete(kind);
    });
    if (troubles.size === 0) outage.worked();
  };
  const failed = (kind: RedisTrouble, thrown: unknown) => {
    if (isClosed) return;
    const problem = problemOf(thrown);
    change(() => troubles.set(kind, problem));
    outage.failed({ failing: kind, error_code: problem.code, error_message: problem.message });
  };
  return {
    failed,
    worked,
    /** The connection was closed. Where an error has told why, that stands. */
    lost(): void {
      if ((troubles.get("connection") ?? CONNECTING) === CONNECTING)
        failed("connection", new FleetError("REDIS_CLOSED", "the connection was closed"));
    },
    /** Whatever a former server refused, this one may do. */
    connected: () => worked("connection", "read", "write"),
    status(): SharedCacheStatus {
      const [problem = null] = troubles.values();
      return { isUp: troubles.size === 0, problem, since };
    },
    /** What comes now is the end of the connection, which is meant. */
    close(): void {
      isClosed = true;
    },
  };
}

/** A refusal of Redis begins with its code. Anything may follow: who answers may be no Redis. */
function problemOf(thrown: unknown): SharedCacheProblem {
  const { error_code, error_message } = errorFields(thrown);
  const message = printable(error_message.slice(0, MAX_MESSAGE_LENGTH));
  const [, refusal] = /^([A-Z]{3,20}) /.exec(message) ?? [];
  return { code: error_code === "ReplyError" && refusal ? refusal : error_code, message };
}
