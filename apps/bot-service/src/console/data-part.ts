import type { Runtime } from "@shoal/kernel";
import { type Health, readProcessFigures } from "@shoal/monitor";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import type { ControlPart } from "../control/part.ts";
import type { DatabasePart } from "../database/part.ts";
import type { FleetPart } from "../fleet/part.ts";
import type { FleetConfig } from "../fleet-config.ts";
import { consoleRoutes, personRoute } from "../http/console.ts";
import type { ServicePhase } from "../http/operation.ts";
import type { JobsPart } from "../jobs/part.ts";
import type { MarksPart } from "../marks/part.ts";
import type { MatchingPart } from "../matching/part.ts";
import type { Part } from "../part.ts";
import type { PoolPart } from "../pool/part.ts";
import type { Members } from "../replicas/members.ts";
import type { RepliesPart } from "../replies/part.ts";
import type { ServiceSnapshot } from "../service.types.ts";
import type { StrategyFiguresPart } from "../strategies/figures/part.ts";
import type { StrategiesPart } from "../strategies/part.ts";
import { createCounts } from "./counts.ts";
import {
  BOT_EVENTS,
  CONTROL_EVENTS,
  JOB_EVENTS,
  MARK_EVENTS,
  MATCH_EVENTS,
  MEMBER_EVENTS,
  ORDER_EVENTS,
  POOL_EVENTS,
  QUEUE_EVENTS,
  SCHEDULE_EVENTS,
  STRATEGY_EVENTS,
} from "./events.ts";
import type { Feed } from "./feed.ts";
import { createLive } from "./live.ts";
import { observeStreams } from "./metrics.ts";
import { readPerson } from "./person.ts";
import { createSnapshots } from "./snapshot.ts";

export interface ConsoleDataOptions {
  readonly config: Pick<Config, "role">;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly version: string;
  readonly phase: () => ServicePhase;
  readonly health: Health;
  readonly feed: Feed;
  readonly members: Members;
  readonly service: () => ServiceSnapshot;
  readonly database: Database;
  readonly fleet: FleetConfig;
  readonly postgres: DatabasePart;
  readonly realtime: PoolPart;
  readonly matching: MatchingPart;
  readonly marks: MarksPart;
  readonly replies: Pick<RepliesPart, "events">;
  readonly bots: FleetPart;
  readonly strategies: StrategiesPart;
  readonly control: ControlPart;
  readonly jobs: JobsPart;
  readonly strategyFigures: StrategyFiguresPart;
}

/** Keeps what the pages of the console show of this daemon, in memory. Only what is known of one person is asked of the database, by who asks for it. */
export function createConsoleDataPart(options: ConsoleDataOptions) {
  const { runtime, feed, postgres, realtime, matching, bots, jobs } = options;
  const { clock } = runtime;
  const snapshots = createSnapshots({
    ...{ clock, replicaId: options.replicaId, version: options.version, role: options.config.role },
    ...{ phase: options.phase, health: options.health, members: options.members, service: options.service },
    ...{ pool: realtime.pool, waits: matching.waits, longestWaitMs: () => matching.matchmaker.longestWaitMs },
    botStates: () => matching.registry.states(),
    deployedStates: () => bots.manager.deployed.countByStatus(),
    ...{ work: jobs.figures, strategies: options.strategyFigures.latest, connections: postgres.connections },
    processFigures: readProcessFigures,
  });
  const counted = createCounts({
    ...{ pool: realtime.pool.events, matchmaker: matching.matchmaker.events, jobs: jobs.events.jobs },
    ...{ strategies: options.strategies.events, turns: options.replies.events, statements: postgres.events },
  });
  const people = {
    ...{ database: options.database, explainer: matching.why.explainer, botChanges: bots.histories.of },
    ...{ roomTopic: options.fleet.topics.room, nowMs: clock.now },
  };
  const live = createLive({ runtime, feed, read: snapshots.read, counts: counted.counts, work: jobs.figures });
  return {
    name: "console data",
    observe: (metrics) => [
      observeStreams(metrics, live.streams),
      ...showEvents(options),
      snapshots.close,
      counted.close,
    ],
    routes: () => [...consoleRoutes(live), personRoute((userId) => readPerson(people, userId))],
    start: () => live.start(),
    drain: async () => live.streams.close(),
    close: async () => live.close(),
  } satisfies Part;
}

/** Puts the events of all parts into the feed. */
function showEvents({ feed, members, realtime, matching, marks, bots, control, jobs, strategies }: ConsoleDataOptions) {
  return [
    feed.show(realtime.pool.events, POOL_EVENTS),
    feed.show(matching.registry.events, BOT_EVENTS),
    feed.show(matching.matchmaker.events, MATCH_EVENTS),
    feed.show(marks.events, MARK_EVENTS),
    feed.show(members.events, MEMBER_EVENTS),
    feed.show(bots.manager.events, { "bot:quarantined": ({ botId: subject }) => ({ subject, level: "error" }) }),
    feed.show(control.events, CONTROL_EVENTS),
    feed.show(jobs.events.jobs, JOB_EVENTS),
    feed.show(jobs.events.queues, QUEUE_EVENTS),
    feed.show(jobs.events.schedules, SCHEDULE_EVENTS),
    feed.show(strategies.events, STRATEGY_EVENTS),
    feed.show(strategies.orderEvents, ORDER_EVENTS),
  ];
}
