import type { Database, LeaseKeeper } from "@shoal/store";
import { handBack, leaseOf, type StatusReport, writeStatuses } from "./statements.ts";
import type { DeploymentStatus } from "./types.ts";

export interface BotReportsOptions {
  readonly database: Pick<Database, "query">;
  readonly replicaId: string;
  readonly keeper: Pick<LeaseKeeper, "release">;
  /** Whether a bot that has stopped here is for another replica to run. */
  readonly isGivenAway: (botId: string) => boolean;
}

/** What is to be written about the bots of this replica; each write is repeated until it has worked. */
export function createBotReports({ database, replicaId, keeper, isGivenAway }: BotReportsOptions) {
  const reports = new Map<string, StatusReport>();
  /** Bots that are not this replica's any more, and the code of the reason; their rows still name it. */
  const left = new Map<string, string | null>();

  const tell = (botId: string, status: DeploymentStatus, errorCode: string | null) => {
    // The status of a crash that is not written yet goes, its reason stays.
    reports.set(botId, { botId, status, errorCode: errorCode ?? reports.get(botId)?.errorCode ?? null });
  };

  const writeTold = async () => {
    const told = [...reports.values()];
    if (told.length === 0) return;
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
    // Their rows are free by now. This tells the others.
    for (const { botId } of stopped) if (isGivenAway(botId)) left.set(botId, null);
  };

  const writeLeft = async () => {
    const given = [...left];
    await keeper.release(given.map(([botId]) => leaseOf(botId)));
    for (const [code, bots] of Map.groupBy(given, ([, errorCode]) => errorCode)) {
      const botIds = bots.map(([botId]) => botId);
      await handBack(database, replicaId, botIds, code);
      for (const botId of botIds) left.delete(botId);
    }
  };

  return {
    tell,
    /** Its lease is held: what was to be written of an end of the bot before is out of date, and must not free it. */
    held(botId: string): void {
      left.delete(botId);
      if (reports.get(botId)?.status === "stopped") reports.delete(botId);
    },
    /** Another replica runs the bot, and has its row and its lease. */
    forget(botId: string): void {
      reports.delete(botId);
      left.delete(botId);
    },
    /** The bot does not run here, and is for any replica to run. */
    handBack(botId: string, errorCode: string | null): void {
      reports.delete(botId);
      left.set(botId, errorCode);
    },
    /** Fails as `Sql.query` does. */
    async write(): Promise<void> {
      await writeTold();
      await writeLeft();
    },
  };
}
