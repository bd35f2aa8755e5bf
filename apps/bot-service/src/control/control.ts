import {
  createEmitter,
  createLoop,
  type EventSource,
  errorFields,
  fullJitter,
  MINUTE_MS,
  type ReportLoop,
  type Runtime,
  SECOND_MS,
  unreported,
} from "@shoal/kernel";
import type { RealtimePool } from "@shoal/realtime-pool";
import { createLeaseKeeper, type Database } from "@shoal/store";
import { type CommandApi, createCommandApi } from "./command-api.ts";
import { createControlFeed, REFUSED } from "./control-feed.ts";
import { createOpening, type OpenTo } from "./opening.ts";
import { createRound } from "./round.ts";
import type { DeployedRunner } from "./runner.ts";
import { handBack } from "./statements.ts";
import type { ControlEvents, FeedState } from "./types.ts";

export interface ControlOptions {
  /** With the control migration applied before `start`. */
  readonly database: Database;
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly runtime: Runtime;
  /** Names this process among all that share the database. */
  readonly replicaId: string;
  /** Runs what is deployed. */
  readonly runner: DeployedRunner;
  /** How often commands are polled for where neither LISTEN nor `isWatched` tells of them, in ms. */
  readonly catchUpMs: number;
  /** Most bots of one owner that run, on all replicas together; 0 or more. */
  readonly perOwnerCount: number;
  /** Whether somebody looks into the database every few seconds and calls `nudge` when there is work. Default: nobody does. */
  readonly isWatched?: () => boolean;
  /** Who may command bots besides the operator. Of several replicas the one that started last decides. */
  readonly openTo: OpenTo;
  /** How long a lease lasts without a renewal before another replica takes the bot over, in ms. Default 10,000. */
  readonly leaseMs?: number;
  /** Reports how rounds and renewals end, as `control` and `control-leases`. */
  readonly reportLoop?: ReportLoop;
}

/** Whether commands take effect at once, and if not why. */
export type ControlHealth = { readonly state: "ok" } | { readonly state: "degraded"; readonly detail: string };

/** Applies commands to bots. */
export interface Control {
  readonly events: EventSource<ControlEvents>;
  readonly commands: CommandApi;
  readonly feed: FeedState;
  health(): ControlHealth;
  /** Idempotent. */
  start(): void;
  /** Starts a round soon. */
  nudge(): void;
  /**
   * Applies no more commands, ends the deployed bots with a goodbye, in at most `limitMs`, and hands them over to other
   * replicas. Idempotent. Fails as `Sql.query` does: then the others take over when the leases have run out.
   */
  drain(limitMs: number): Promise<void>;
}

/** So that a bot of a replica that died runs again within 12 s: its lease has been renewed at most a third of this before. */
const LEASE_MS = 10 * SECOND_MS;
/** Short, so that commands take effect soon after an outage of the database; jittered, so that replicas do not return together. */
const FAILURE_BACKOFF = fullJitter(200, 2 * SECOND_MS);
/** While commands are announced, and somebody says when others are missed: for what nobody foresees. */
const QUIET_CATCH_UP_MS = 5 * MINUTE_MS;
/** Collects commands that are written together into one round; too short to be felt. */
const NUDGE_MS = 1;

/** Creates the control, not yet started. Several may run on one database. */
export function createControl(options: ControlOptions): Control {
  const {
    database,
    pool,
    runtime,
    replicaId,
    runner,
    catchUpMs,
    leaseMs = LEASE_MS,
    reportLoop = unreported,
  } = options;
  const { perOwnerCount, openTo, isWatched = () => false } = options;
  const log = runtime.log.child({ part: "control", replica_id: replicaId });
  const emitter = createEmitter<ControlEvents>();
  const nudge = () => loop.nudge();
  const report = reportLoop("control-leases");
  const keeper = createLeaseKeeper({
    ...{ database, runtime, holder: replicaId, termMs: leaseMs, report },
  });
  const round = createRound({
    ...{ database, runtime, replicaId, keeper, runner, perOwnerCount, emitter },
    catchUpMs: () =>
      feed.state.listen === "ready" && isWatched() ? Math.max(QUIET_CATCH_UP_MS, catchUpMs) : catchUpMs,
    onReport: nudge,
  });
  const opening = createOpening({ database, log, openTo });
  const loop = createLoop({
    runtime,
    async work() {
      await opening.run();
      return round.run();
    },
    backoff: FAILURE_BACKOFF,
    nudgeMs: NUDGE_MS,
    report: reportLoop("control"),
    onError(error) {
      const fields = errorFields(error);
      log.debug(fields, "a round of the control failed: new commands wait until the next one; trying again");
      emitter.emit("control:failed", { code: fields.error_code });
    },
  });
  const feed = createControlFeed({
    pool,
    database,
    runtime,
    replicaId,
    onNews: nudge,
    onState: (state) => emitter.emit("control:feed", { state }),
  });
  // A decided command is a changed row, for this replica's stream, too.
  emitter.on("command:applied", () => feed.rowWritten());
  let isStarted = false;
  let drained: Promise<void> | undefined;

  const drain = async (limitMs: number) => {
    round.close();
    await Promise.all([loop.stop(), runner.drain(limitMs), feed.close()]);
    try {
      await keeper.releaseAll();
      if (isStarted) await handBack(database, replicaId, null, null);
    } finally {
      await keeper.close();
    }
  };

  return {
    events: emitter,
    commands: createCommandApi({ database, onIssued: nudge }),
    get feed() {
      return feed.state;
    },
    health() {
      if (feed.state.changes === "ready" || feed.state.listen === "ready") return { state: "ok" };
      const everySeconds = Math.max(1, Math.round(catchUpMs / SECOND_MS));
      const why = feed.state.changes === "refused" ? `; ${REFUSED}` : "";
      return {
        state: "degraded",
        detail: `commands are found by polling every ${everySeconds} s: neither LISTEN nor Realtime tells of them${why}`,
      };
    },
    start() {
      if (isStarted) return;
      isStarted = true;
      loop.start();
      feed.start();
    },
    nudge,
    drain: (limitMs) => (drained ??= drain(limitMs)),
  };
}
