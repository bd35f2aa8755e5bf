import type { Clock } from "@shoal/kernel";
import type { WaitingBot, Work } from "./find-work.ts";
import { createPatience } from "./patience.ts";
import type { DeployedRunner } from "./runner.ts";
import { keepCount, takeUp } from "./take-up.ts";
import type { Deployment } from "./types.ts";

export interface ShareOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly replicaId: string;
  readonly runner: Pick<DeployedRunner, "freeCount" | "freeForOperatorCount" | "has">;
  /** Whether others are to take the bot, which was given away here a moment ago. */
  readonly isAwaited: (botId: string) => boolean;
}

/** What a replica makes of the bots that nobody runs. */
export interface Choice {
  /** Bots to be taken up here. */
  readonly taken: ReadonlySet<string>;
  /** Those of the waiting ones that the other replicas cannot run either, it seems. */
  readonly waiting: readonly WaitingBot[];
  /** In how many ms bots that are left to others have been left long enough; null: none is. */
  readonly lookAgainMs: number | null;
}

/** Decides which bots are for this replica. */
export function createShare({ clock, replicaId, runner, isAwaited }: ShareOptions) {
  const patience = createPatience(clock);
  return {
    choose(work: Work): Choice {
      const isAlone = work.held.size === 1;
      const free = [...work.line.map(({ botId }) => botId), ...work.waiting.map(({ bot_id: botId }) => botId)];
      const lookAgainMs = patience.look(free);
      const isLeftLongEnough = (botId: string) => isAlone || (patience.isOver(botId) && !isAwaited(botId));
      return {
        taken: new Set(takeUp(replicaId, work, work.line, runner, isLeftLongEnough)),
        waiting: work.waiting.filter(({ bot_id: botId }) => isLeftLongEnough(botId)),
        lookAgainMs: isAlone ? null : lookAgainMs,
      };
    },
    /** Returns those of the bots held that have come here by a command, beyond this replica's share: they are for those who run fewer. */
    excessOf(bots: ReadonlyMap<string, Deployment | null>, work: Work, { taken }: Choice): ReadonlySet<string> {
      const isNew = ({ botId }: Deployment) => !taken.has(botId) && !runner.has(botId);
      const come = [...bots.values()].filter((bot) => bot !== null).filter((bot) => isToRun(bot) && isNew(bot));
      const takenCount = new Set(bots.keys()).intersection(taken).size;
      // The operator's bots stay first.
      const inOrder = come.toSorted((left, right) => Number(left.ownerId !== null) - Number(right.ownerId !== null));
      const excess = inOrder.slice(keepCount(replicaId, work, takenCount, come.length));
      return new Set(excess.map(({ botId }) => botId));
    },
  };
}

export function isToRun({ desired }: Deployment): boolean {
  return desired === "running" || desired === "paused";
}
