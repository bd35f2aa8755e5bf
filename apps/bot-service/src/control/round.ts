import type { Emitter, Runtime } from "@shoal/kernel";
import type { Database, LeaseKeeper } from "@shoal/store";
import { isCommandName } from "./payloads.ts";
import type { DeployedRunner } from "./runner.ts";
import {
  type Applied,
  applyPending,
  botOf,
  type Decided,
  type Found,
  handBack,
  leaseOf,
  look,
  type StatusReport,
  writeStatuses,
} from "./statements.ts";
import type { ControlEvents, Deployment } from "./types.ts";

/** Why a bot waits although it was started: no replica has a place for it, or knows its kind. */
export const NO_ROOM = "CONTROL_NO_ROOM";

export interface RoundOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly keeper: LeaseKeeper;
  readonly runner: DeployedRunner;
  readonly emitter: Pick<Emitter<ControlEvents>, "emit">;
  /** Between two looks when nothing is heard, in ms. */
  readonly catchUpMs: number;
  /** There is something to write. */
  readonly onReport: () => void;
}

/** What the loop of the control does again and again: never two at a time. */
export interface Round {
  /** Returns how long to wait for the next one, in ms. Errors as `Sql.query`; nothing is lost by them. */
  run(): Promise<number>;
  /** Statuses are not written any more: `handBack` says what is left of them. */
  close(): void;
}

/**
 * A round: say how far our bots are; look for commands and for bots that nobody holds; take the leases; in one transaction
 * fold the commands into the deployments; bring what runs here in line with them.
 */
export function createRound(options: RoundOptions): Round {
  const { database, runtime, replicaId, keeper, runner, emitter, catchUpMs, onReport } = options;
  /** Bots of a round that failed: nobody knows how much of it happened. */
  const unsure = new Set<string>();
  const reports = new Map<string, StatusReport>();
  let pass = NEW_PASS;
  let isOpen = true;

  const off = runner.events.on("deployed:changed", ({ botId, generation, status, errorCode }) => {
    reports.set(botId, { botId, status, errorCode });
    emitter.emit("deployment:changed", { botId, generation, status });
    onReport();
  });
  // For as long as leases are kept, so also while the bots say goodbye.
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
      for (const report of told) if (!reports.has(report.botId)) reports.set(report.botId, report);
      throw thrown;
    }
    const stopped = told.filter(({ botId, status }) => status === "stopped" && !reports.has(botId));
    await keeper.release(stopped.map(({ botId }) => leaseOf(botId)));
  };

  const decide = async (botIds: readonly string[]): Promise<Applied> => {
    for (const botId of botIds) unsure.add(botId);
    const leases = await keeper.acquire(botIds.map(leaseOf));
    const applied = await database.transaction((tx) => applyPending(tx, replicaId, leases, runner.kinds));
    for (const botId of botIds) unsure.delete(botId);
    return applied;
  };

  /** Those that need no lease: there is nothing to run, or no place for it here. */
  const bringInLine = async (bots: Applied["bots"]): Promise<void> => {
    if (!isOpen) return;
    const unknown: string[] = [];
    const placeless: string[] = [];
    for (const [botId, deployment] of bots) {
      // Lost since: whoever has it brings it in line.
      if (!keeper.held(leaseOf(botId))) continue;
      // Said of the bot before this one: it must not free the lease of what begins now.
      if (reports.get(botId)?.status === "stopped") reports.delete(botId);
      if (!deployment) unknown.push(botId);
      else if (deployment.desired === "stopped" || deployment.desired === "removed") {
        runner.stop(botId, deployment.stopsGracefully);
      } else if (!runner.run(toRun(deployment))) placeless.push(botId);
    }
    await keeper.release([...unknown, ...placeless].map(leaseOf));
    if (placeless.length > 0) await handBack(database, replicaId, placeless, NO_ROOM);
  };

  return {
    async run() {
      const startedMs = runtime.clock.monotonicMs();
      await writeReports();
      const found = await look(database, replicaId, runner.kinds, runner.freeCount, pass.afterBotId);
      const botIds = [...new Set([...unsure, ...found.botIds])];
      const applied = botIds.length > 0 ? await decide(botIds) : undefined;
      const count = applied?.decided.length ?? 0;
      for (const decided of applied?.decided ?? []) emitter.emit("command:applied", eventOf(decided));
      if (applied) await bringInLine(applied.bots);
      await writeReports();
      const next = goOn(pass, found, applied);
      pass = next.pass;
      emitter.emit("control:round", { durationMs: runtime.clock.monotonicMs() - startedMs, count });
      return next.isAtOnce ? 0 : Math.max(0, Math.min(catchUpMs, found.nextExpiryMs ?? catchUpMs));
    },
    close() {
      isOpen = false;
      off();
    },
  };
}

/** All bots with commands have one turn in a pass, which takes a round, or several where they are many. */
interface Pass {
  /** Those up to this one have had it; "": none yet. */
  readonly afterBotId: string;
  /** Something was left, or may have come behind our back. */
  readonly isWorthAnother: boolean;
}

const NEW_PASS: Pass = { afterBotId: "", isWorthAnother: false };

/** Pure. A pass that decides nothing, because others hold the rows or the leases, is not followed by another at once. */
function goOn(pass: Pass, { lastBotId }: Found, applied: Applied | undefined): { pass: Pass; isAtOnce: boolean } {
  const isInOneRound = pass.afterBotId === "" && lastBotId === null;
  const hasDecided = (applied?.decided.length ?? 0) > 0;
  const isWorthAnother = pass.isWorthAnother || (hasDecided && (!isInOneRound || applied?.hasMore === true));
  if (lastBotId === null) return { pass: NEW_PASS, isAtOnce: isWorthAnother };
  return { pass: { afterBotId: lastBotId, isWorthAnother }, isAtOnce: true };
}

function toRun({ botId, kind, name, config, generation, desired }: Deployment) {
  return { botId, kind, name, config, generation, isPaused: desired === "paused" };
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
