import type { Emitter, Runtime } from "@shoal/kernel";
import type { Database, LeaseKeeper } from "@shoal/store";
import { findWork, type Work, writeWaiting } from "./find-work.ts";
import { isCommandName } from "./payloads.ts";
import { type DeployedRunner, NO_CAPACITY } from "./runner.ts";
import {
  type Applied,
  applyPending,
  botOf,
  type Decided,
  handBack,
  leaseOf,
  type StatusReport,
  writeStatuses,
} from "./statements.ts";
import type { ControlEvents, Deployment } from "./types.ts";

export interface RoundOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly keeper: LeaseKeeper;
  readonly runner: DeployedRunner;
  /** Most bots of one owner that run. */
  readonly perOwnerCount: number;
  readonly emitter: Pick<Emitter<ControlEvents>, "emit">;
  /** Time between two rounds without news, in ms. */
  readonly catchUpMs: () => number;
  /** Called when there is a status to write. */
  readonly onReport: () => void;
}

/** One run of the control's loop. Two never run at the same time. */
export interface Round {
  /** Returns how long to wait before the next round, in ms. Fails as `Sql.query` does; the next round makes up for it. */
  run(): Promise<number>;
  /** Writes no more statuses: `handBack` writes the last ones. */
  close(): void;
}

/**
 * A round: write the statuses of the bots here; find commands and bots without a lease; take the leases; in one transaction
 * apply the commands to the deployments; make the bots here follow them.
 */
export function createRound(options: RoundOptions): Round {
  const { database, runtime, replicaId, keeper, runner, perOwnerCount, emitter, catchUpMs, onReport } = options;
  /** Bots of a failed round, whose commit may or may not have happened. */
  const unsure = new Set<string>();
  const reports = new Map<string, StatusReport>();
  let pass = NEW_PASS;
  let isOpen = true;

  const off = runner.events.on("deployed:changed", ({ botId, generation, status, errorCode }) => {
    // The status of a crash that is not written yet goes, its reason stays.
    reports.set(botId, { botId, status, errorCode: errorCode ?? reports.get(botId)?.errorCode ?? null });
    emitter.emit("deployment:changed", { botId, generation, status });
    onReport();
  });
  // Stays subscribed as long as leases are kept, so also while the bots say goodbye.
  keeper.events.on("lease:lost", ({ resource }) => {
    runner.drop(botOf(resource));
    reports.delete(botOf(resource));
  });

  const writeReports = async () => {
    const told = [...reports.values()];
    if (!isOpen || told.length === 0) return;
    reports.clear();
    try {
      await writeStatuses(database, replicaId, told);
    } catch (thrown) {
      for (const earlier of told) {
        const later = reports.get(earlier.botId) ?? earlier;
        reports.set(earlier.botId, { ...later, errorCode: later.errorCode ?? earlier.errorCode });
      }
      throw thrown;
    }
    const stopped = told.filter(({ botId, status }) => status === "stopped" && !reports.has(botId));
    await keeper.release(stopped.map(({ botId }) => leaseOf(botId)));
  };

  const decide = async (botIds: readonly string[]): Promise<Applied> => {
    for (const botId of botIds) unsure.add(botId);
    const leases = await keeper.acquire(botIds.map(leaseOf));
    const applied = await database.transaction((tx) =>
      applyPending(tx, replicaId, leases, { kinds: runner.kinds, perOwnerCount }),
    );
    for (const botId of botIds) unsure.delete(botId);
    return applied;
  };

  /** Makes the bots here follow their deployments, and frees the leases of bots that do not run here. */
  const reconcile = async (bots: Applied["bots"]): Promise<void> => {
    if (!isOpen) return;
    const unknown: string[] = [];
    const placeless: string[] = [];
    for (const [botId, deployment] of bots) {
      // The lease was lost since: its new holder takes care of the bot.
      if (!keeper.held(leaseOf(botId))) continue;
      // This status is of the run before: it must not free the lease of the bot that starts now.
      if (reports.get(botId)?.status === "stopped") reports.delete(botId);
      if (!deployment) unknown.push(botId);
      else if (deployment.desired === "stopped" || deployment.desired === "removed") {
        runner.stop(botId, deployment.stopsGracefully);
      } else if (!runner.run(toRun(deployment))) placeless.push(botId);
    }
    await keeper.release([...unknown, ...placeless].map(leaseOf));
    if (placeless.length > 0) await handBack(database, replicaId, placeless, NO_CAPACITY);
  };

  return {
    async run() {
      const startedMs = runtime.clock.monotonicMs();
      await writeReports();
      const found = await findWork(database, replicaId, runner, perOwnerCount, pass.afterBotId);
      if (isOpen) await writeWaiting(database, found.waiting);
      const botIds = [...new Set([...unsure, ...found.botIds])];
      const applied = botIds.length > 0 ? await decide(botIds) : undefined;
      const count = applied?.decided.length ?? 0;
      for (const decided of applied?.decided ?? []) emitter.emit("command:applied", eventOf(decided));
      if (applied) await reconcile(applied.bots);
      await writeReports();
      const next = advance(pass, found, applied);
      pass = next.pass;
      emitter.emit("control:round", { durationMs: runtime.clock.monotonicMs() - startedMs, count });
      return next.isAtOnce ? 0 : Math.max(0, Math.min(catchUpMs(), found.nextExpiryMs ?? Infinity));
    },
    close() {
      isOpen = false;
      off();
    },
  };
}

/** A pass gives each bot with commands one turn. It takes one round, or several if the bots are many. */
interface Pass {
  /** Bots up to this id have had their turn; "": none yet. */
  readonly afterBotId: string;
  /** Commands are left, or may have come for bots that have had their turn. */
  readonly isWorthAnother: boolean;
}

const NEW_PASS: Pass = { afterBotId: "", isWorthAnother: false };

/** Advances the pass. One that decides nothing, because others hold the rows or the leases, is not followed by another at once. */
function advance(pass: Pass, { lastBotId }: Work, applied: Applied | undefined): { pass: Pass; isAtOnce: boolean } {
  const isInOneRound = pass.afterBotId === "" && lastBotId === null;
  const hasDecided = (applied?.decided.length ?? 0) > 0;
  const isWorthAnother = pass.isWorthAnother || (hasDecided && (!isInOneRound || applied?.hasMore === true));
  if (lastBotId === null) return { pass: NEW_PASS, isAtOnce: isWorthAnother };
  return { pass: { afterBotId: lastBotId, isWorthAnother }, isAtOnce: true };
}

function toRun({ botId, ownerId, kind, name, config, generation, desired }: Deployment) {
  return { botId, kind, name, config, generation, isPaused: desired === "paused", isOperators: ownerId === null };
}

function eventOf({ commandId, botId, command, outcome, error, latencyMs }: Decided): ControlEvents["command:applied"] {
  return {
    commandId,
    botId,
    command: isCommandName(command) ? command : "UNKNOWN",
    outcome,
    code: error?.code ?? null,
    latencyMs,
  };
}
