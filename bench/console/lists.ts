import {
  BotRegistry,
  botListRoute,
  botViews,
  createHttpApp,
  createLimitedLines,
  type NewBot,
} from "@shoal/bot-service/internals";
import { createSystemRuntime, type DurationSummary, silentLog, summarize } from "@shoal/kernel";
import { createMetrics } from "@shoal/monitor";

const BOTS = 10_000;
const TOKEN = "0123456789abcdef";
const runtime = createSystemRuntime();
const { clock } = runtime;

/** Bots that are not started, so that nothing of what they would need is there; they are listed all the same. */
function registryOf(count: number): BotRegistry {
  const registry = new BotRegistry(runtime);
  for (let number = 1; number <= count; number += 1) {
    registry.add({
      ...{ botId: `bot-${runtime.ids.uuid()}`, name: `Bot ${number}`, kind: { kind: "conversation", names: [] } },
      ...{
        runtime,
        settings: {},
        hasOperatorChosenId: false,
        isPaused: false,
        isStaggered: false,
        showsInLobby: false,
      },
      onEnd: () => {},
    } as unknown as NewBot);
  }
  return registry;
}

/** How long pages of a list of 10,000 bots take, from the request to the whole body. */
export async function measureLists(
  quick: boolean,
): Promise<{ readonly bots: number; readonly pageMs: DurationSummary }> {
  const registry = registryOf(BOTS);
  const views = () =>
    botViews({
      ...{ all: registry.all(), numberOf: () => 7, roster: new Map(), deployed: [], replicaId: "r", kinds: [] },
      clock,
    });
  const app = createHttpApp({
    ...{ apiToken: TOKEN, clock, metrics: createMetrics(), version: "bench", phase: () => "open" as const },
    people: { verify: async () => ({ kind: "away" as const }), close() {} },
    failures: createLimitedLines({ clock, log: silentLog, level: "error", more: "more" }),
    routes: [botListRoute({ views, histories: { of: () => [] } })],
  });
  const queries = [
    "limit=1000",
    "limit=100&search=9",
    "limit=1000&state=starting",
    "limit=1000&after=bot-8",
    "limit=1",
  ];
  const tookMs: number[] = [];
  for (let round = 0; round < (quick ? 3 : 40); round += 1) {
    for (const query of queries) {
      const startedMs = clock.monotonicMs();
      const answer = await app.request(`/api/bots?${query}`, { headers: { authorization: `Bearer ${TOKEN}` } });
      const { total } = (await answer.json()) as { total: number };
      tookMs.push(clock.monotonicMs() - startedMs);
      if (answer.status !== 200 || total === 0) throw new Error(`${query}: status ${answer.status}, ${total} bots`);
    }
  }
  return { bots: BOTS, pageMs: summarize(Float64Array.from(tookMs)) };
}
