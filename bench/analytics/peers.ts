import { ANALYTICS_QUERIES, type AnalyticsReader } from "@shoal/bot-service/internals";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import type { Ask } from "./dashboards.ts";
import { REPLICA_COUNT } from "./replicas.ts";

/** Another way to answer dashboards, over the same queries. */
export interface Peer {
  readonly ask: Ask;
  readonly onTrade: () => void;
  close(): Promise<void>;
}

type Read = (question: number) => Promise<unknown>;

/** Reads from the database, and counts how often. */
export function countedReads(reader: AnalyticsReader): { readonly read: Read; readonly count: () => number } {
  let count = 0;
  return {
    count: () => count,
    read(question) {
      const query = ANALYTICS_QUERIES[question];
      if (!query) throw new Error(`there is no question ${question}`);
      count += 1;
      return reader.read(query, query.parameters.parse({}));
    },
  };
}

const ttlMs = (question: number) => ANALYTICS_QUERIES[question]?.ttlMs ?? 0;
const keys = ANALYTICS_QUERIES.map(({ name }) => name);

export const PEERS: Readonly<Record<string, (read: Read, redisUrl: string) => Peer>> = {
  noCache: (read) => ({ ask: async (_, question) => void (await read(question)), onTrade() {}, close: async () => {} }),

  /** As in the founding document: kept for a time to live, and deleted by each finished trade. */
  deleteOnWrite(read) {
    const kept = new Map<number, { readonly value: unknown; readonly untilMs: number }>();
    return {
      async ask(_, question) {
        if ((kept.get(question)?.untilMs ?? 0) > performance.now()) return;
        kept.set(question, { value: await read(question), untilMs: performance.now() + ttlMs(question) });
      },
      onTrade: () => kept.clear(),
      close: async () => {},
    };
  },

  /** Memory, Redis and its bus with nothing set, in each replica; a trade deletes in one of them, and the bus tells the others. */
  bentocacheDefaults(read, redisUrl) {
    const { hostname: host, port } = new URL(redisUrl);
    const connection = { host, port: Number(port) };
    const replicas = Array.from({ length: REPLICA_COUNT }, () => {
      const store = bentostore()
        .useL1Layer(memoryDriver())
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection }));
      return new BentoCache({ default: "answers", prefix: "peer", stores: { answers: store } });
    });
    const at = (replica: number) => {
      const found = replicas[replica % REPLICA_COUNT];
      if (!found) throw new Error("there are three replicas");
      return found;
    };
    return {
      async ask(replica, question) {
        const key = keys[question] ?? "";
        await at(replica).getOrSet({ key, ttl: ttlMs(question), factory: () => read(question) });
      },
      onTrade: () => void at(0).deleteMany({ keys: [...keys] }),
      async close() {
        await Promise.all(replicas.map((replica) => replica.disconnectAll()));
      },
    };
  },
};
