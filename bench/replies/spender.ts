import { SqlReplyBudget } from "@shoal/bot-service/internals";
import { createSystemRuntime, percentile } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import { answerParent } from "../child.ts";

/** One replica: it spends for a time, as fast as it is let. */
export interface Spending {
  readonly what: "replies" | "counter";
  readonly forMs: number;
  readonly limitMicros: number;
}

export interface Spent {
  /** Replies that were reserved and settled, or updates of the counter. */
  readonly count: number;
  readonly refused: number;
  readonly spentMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** `LLM_MAX_CONCURRENCY`, as it is by default. */
const AT_ONCE = 20;
const WORST_MICROS = 401;
const USED_MICROS = 97;

const runtime = createSystemRuntime();
const [url = "", replicaId = ""] = process.argv.slice(2);
const database: Database<string> = createDatabase({ url, runtime, maxConnections: 4, prepare: true });

async function spend({ what, forMs, limitMicros }: Spending): Promise<Spent> {
  const { clock } = runtime;
  const limits = {
    conversationMicros: limitMicros,
    personDayMicros: limitMicros,
    dayMicros: limitMicros,
    monthMicros: limitMicros,
  };
  const budget = new SqlReplyBudget({ database: database as unknown as Database, runtime, limits });
  const tookMs: number[] = [];
  let [count, refused, spentMicros] = [0, 0, 0];
  const untilMs = clock.monotonicMs() + forMs;
  const reply = async (talk: number) => {
    const id = `${replicaId}-${talk}`;
    const reserved = await budget.reserve({ conversationId: id, personId: id, worstMicros: WORST_MICROS });
    if (!reserved.ok) {
      refused += 1;
      return;
    }
    count += 1;
    // Every tenth reply is of a daemon that dies before it settles.
    if (count % 10 === 0) spentMicros += WORST_MICROS;
    else {
      spentMicros += USED_MICROS;
      await budget.settle(reserved.id, USED_MICROS);
    }
  };
  const update = async () => {
    await database.query("update counter set n = n + 1");
    count += 1;
  };
  const talkOn = async (talk: number) => {
    while (clock.monotonicMs() < untilMs) {
      const startedMs = clock.monotonicMs();
      await (what === "replies" ? reply(talk) : update());
      tookMs.push(clock.monotonicMs() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: what === "replies" ? AT_ONCE : 1 }, (_, talk) => talkOn(talk)));
  await budget.close(5000);
  const sorted = tookMs.toSorted((left, right) => left - right);
  return { count, refused, spentMicros, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

answerParent(spend);
