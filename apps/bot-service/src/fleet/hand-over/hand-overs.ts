import {
  createEmitter,
  createLoop,
  type EventSource,
  errorFields,
  fullJitter,
  MINUTE_MS,
  type ReportLoop,
  type Runtime,
} from "@shoal/kernel";
import { createWakeListener, type Database } from "@shoal/store";
import type { Members } from "../../replicas/members.ts";
import type { Bot } from "../bot.ts";
import { type Given, Giver } from "./giver.ts";
import type { HandOverStore } from "./store.ts";
import { Taker } from "./taker.ts";
import type { HandedBots, HandedMatches, HandOverEvents } from "./types.ts";

export interface HandOversOptions {
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly database: Pick<Database, "listen">;
  readonly store: HandOverStore;
  readonly members: Members;
  readonly bots: HandedBots;
  readonly matches: HandedMatches;
  /** Receives how reading ends, as `hand-overs`. */
  readonly reportLoop: ReportLoop;
}

/** Conversations between this replica and others: those it gives when it drains, and those it takes. */
export interface HandOvers {
  readonly events: EventSource<HandOverEvents>;
  /** Idempotent. */
  start(): void;
  /** Reads the hand-overs soon: there are some for this replica. */
  look(): void;
  canGive(bot: Bot): boolean;
  /** As `Giver.give`. */
  give(bot: Bot, untilMs: number): Promise<Given>;
  /** Takes no more conversations but those that are given already. */
  drain(): void;
  /** Leaves no timer. Idempotent. */
  close(): Promise<void>;
}

/** On which replicas announce to each other that there is something to read: the payload is the id of the one that has to. */
const CHANNEL = "shoal_hand_over";
/** While a conversation is on its way: announcements may be lost, or not be had. */
const POLL_MS = 250;
/** While there is none: what was announced in vain a pulse finds. */
const QUIET_MS = 5 * MINUTE_MS;
const BACKOFF = fullJitter(POLL_MS, 4 * POLL_MS);
/** Announcements within that time are one read. */
const NUDGE_MS = 5;

/** Makes the hand-overs of a replica; none is read before the start. */
export function createHandOvers(options: HandOversOptions): HandOvers {
  const { runtime, replicaId, database, store, reportLoop } = options;
  const emitter = createEmitter<HandOverEvents>();
  const look = () => loop.nudge();
  const parts = { ...options, emitter, look };
  const giver = new Giver(parts);
  const taker = new Taker(parts);
  const loop = createLoop({
    ...{ runtime, backoff: BACKOFF, nudgeMs: NUDGE_MS },
    report: reportLoop("hand-overs"),
    async work() {
      const rows = await store.read();
      giver.read(rows);
      taker.read(rows);
      return giver.isBusy || taker.isBusy ? POLL_MS : QUIET_MS;
    },
    onError: (error) =>
      runtime.log.debug(errorFields(error), "conversations of other replicas could not be read; trying again"),
  });
  const listener = createWakeListener({
    ...{ database, runtime, channel: CHANNEL },
    onWake: (payload) => {
      if (payload === undefined || payload === replicaId) look();
    },
    // A pulse tells of them, too, and the one that gives asks for itself.
    onUnsupported() {},
  });
  return {
    events: emitter,
    start() {
      loop.start();
      listener.start();
    },
    look,
    canGive: (bot) => giver.canGive(bot),
    give(bot, untilMs) {
      const given = giver.give(bot, untilMs);
      look();
      return given;
    },
    drain: () => taker.drain(),
    async close() {
      taker.close();
      await Promise.all([loop.stop(), listener.close()]);
    },
  };
}
