import { type Emitter, MINUTE_MS, type Runtime, SECOND_MS, type Timer } from "@shoal/kernel";
import type { Database, LeaseKeeper } from "@shoal/store";
import { createBotReports } from "./bot-reports.ts";
import { findWork, type Work, writeWaiting } from "./find-work.ts";
import { createGiving } from "./giving.ts";
import { isCommandName } from "./payloads.ts";
import { type DeployedRunner, NO_CAPACITY } from "./runner.ts";
import { type Choice, createShare, isToRun } from "./share.ts";
import { type Applied, applyPending, botOf, type Decided, leaseOf } from "./statements.ts";
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

/** Time between two rounds that look also at bots whose replicas live, in case that one forgot of them, in ms. */
const THOROUGH_EVERY_MS = 5 * MINUTE_MS;

/**
 * How long a bot that talks is kept, without a word, when its lease has run out and the database has not said whether another replica has it:
 * longer than Postgres takes to restart, and no longer than a person waits for an answer.
 */
const SILENT_MAX_MS = 30 * SECOND_MS;

/** One run of the control's loop. Two never run at the same time. */
export interface Round {
  /** Returns how long to wait before the next round, in ms. Fails as `Sql.query` does; the next round makes up for it. */
  run(): Promise<number>;
  /** Writes no more statuses: `handBack` writes the last ones. */
  close(): void;
}

/**
 * A round: write the statuses of the bots here; find commands and bots without a lease; take the leases, of bots without one as many as
 * are this replica's turn; in one transaction apply the commands to the deployments; make the bots here follow them; give some away where
 * others have too few.
 */
export function createRound(options: RoundOptions): Round {
  const { database, runtime, replicaId, keeper, runner, perOwnerCount, emitter, catchUpMs, onReport } = options;
  /** Bots of a failed round, whose commit may or may not have happened. */
  const unsure = new Set<string>();
  const onGiven = (count: number) => emitter.emit("control:moved", { how: "given_away", count });
  const giving = createGiving({ clock: runtime.clock, replicaId, runner, onGiven });
  const share = createShare({ clock: runtime.clock, replicaId, runner, isAwaited: giving.isAwaited });
  const reports = createBotReports({ database, replicaId, keeper, isGivenAway: giving.left });
  /** Bots whose leases have run out, and that may go on if nobody else has taken them. */
  const silent = new Map<string, Timer>();
  let pass = NEW_PASS;
  let thoroughAtMs = -Infinity;
  let isOpen = true;

  const off = runner.events.on("deployed:changed", ({ botId, generation, status, errorCode }) => {
    reports.tell(botId, status, errorCode);
    emitter.emit("deployment:changed", { botId, generation, status });
    if (status !== "stopping" && status !== "stopped") giving.stays(botId);
    onReport();
  });
  runner.events.on("deployed:moved", ({ botId, isHere }) => {
    reports.forget(botId);
    giving.stays(botId);
    if (!isHere) return void keeper.release([leaseOf(botId)]).catch(() => {});
    // The round takes the lease, which is this replica's, and makes the bot follow its deployment.
    unsure.add(botId);
    onReport();
  });
  const settled = (botId: string) => {
    silent.get(botId)?.cancel();
    silent.delete(botId);
  };
  const lose = (botId: string) => {
    settled(botId);
    runner.drop(botId);
    giving.stays(botId);
    // As long as this replica lives the others take it for the one who runs the bot.
    reports.handBack(botId, null);
    onReport();
  };
  // Stays subscribed as long as leases are kept, so also while the bots say goodbye.
  keeper.events.on("lease:lost", ({ resource, reason }) => {
    const botId = botOf(resource);
    if (!isOpen || reason !== "expired" || !runner.silence(botId)) return lose(botId);
    silent.set(
      botId,
      runtime.clock.after(SILENT_MAX_MS, () => lose(botId)),
    );
    unsure.add(botId);
    onReport();
  });

  const decide = async (botIds: readonly string[]): Promise<Applied> => {
    for (const botId of botIds) unsure.add(botId);
    const leases = await keeper.acquire(botIds.map(leaseOf));
    const held = new Set(leases.map(({ resource }) => resource));
    for (const botId of botIds.filter((id) => silent.has(id))) {
      if (held.has(leaseOf(botId))) settled(botId);
      else lose(botId);
    }
    const applied = await database.transaction((tx) =>
      applyPending(tx, replicaId, leases, { kinds: runner.kinds, perOwnerCount }),
    );
    for (const botId of botIds) unsure.delete(botId);
    return applied;
  };

  /** Makes the bots here follow their deployments, and frees the leases of bots that do not run here. */
  const reconcile = async (bots: Applied["bots"], work: Work, choice: Choice): Promise<void> => {
    if (!isOpen) return;
    const excess = share.excessOf(bots, work, choice);
    const unknown: string[] = [];
    let takenOverCount = 0;
    for (const [botId, deployment] of bots) {
      // The lease was lost since: its new holder takes care of the bot.
      if (!keeper.held(leaseOf(botId))) continue;
      reports.held(botId);
      if (!deployment) {
        runner.drop(botId);
        unknown.push(botId);
      } else if (!isToRun(deployment)) runner.stop(botId, deployment.stopsGracefully);
      else if (excess.has(botId)) reports.handBack(botId, null);
      else if (!runner.run(toRun(deployment, work.leftBehind.has(botId)))) reports.handBack(botId, NO_CAPACITY);
      else if (work.leftBehind.has(botId)) takenOverCount += 1;
    }
    if (takenOverCount > 0) emitter.emit("control:moved", { how: "taken_over", count: takenOverCount });
    await keeper.release(unknown.map(leaseOf));
  };

  const write = async () => {
    if (isOpen) await reports.write();
  };

  const look = async (startedMs: number) => {
    const isThorough = startedMs >= thoroughAtMs + THOROUGH_EVERY_MS;
    const found = await findWork(database, replicaId, runner, {
      perOwnerCount,
      afterBotId: pass.afterBotId,
      isThorough,
    });
    if (isThorough) thoroughAtMs = startedMs;
    return found;
  };

  return {
    async run() {
      const startedMs = runtime.clock.monotonicMs();
      await write();
      const found = await look(startedMs);
      const choice = share.choose(found);
      giving.takes(choice.taken);
      if (isOpen) await writeWaiting(database, choice.waiting);
      const botIds = [...new Set([...unsure, ...found.botIds, ...choice.taken])];
      const applied = botIds.length > 0 ? await decide(botIds) : undefined;
      const count = applied?.decided.length ?? 0;
      for (const decided of applied?.decided ?? []) emitter.emit("command:applied", eventOf(decided));
      if (applied) await reconcile(applied.bots, found, choice);
      const giveAgainMs = isOpen ? giving.look(found) : null;
      await write();
      const next = advance(pass, found, applied);
      pass = next.pass;
      emitter.emit("control:round", { durationMs: runtime.clock.monotonicMs() - startedMs, count });
      if (next.isAtOnce) return 0;
      const waitsMs = [found.nextExpiryMs, choice.lookAgainMs, giveAgainMs].map((waitMs) => waitMs ?? Infinity);
      return Math.max(0, Math.min(catchUpMs(), ...waitsMs));
    },
    close() {
      isOpen = false;
      off();
      for (const botId of [...silent.keys()]) lose(botId);
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

function toRun({ botId, ownerId, kind, name, config, generation, desired }: Deployment, isLeftBehind: boolean) {
  const isOperators = ownerId === null;
  return { botId, kind, name, config, generation, isPaused: desired === "paused", isOperators, isLeftBehind };
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
