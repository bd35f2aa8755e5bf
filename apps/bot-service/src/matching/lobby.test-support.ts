import type { Log } from "@shoal/kernel";
import type { LobbyEntry, OpenOutcome, ShownEntry } from "@shoal/matchmaker";
import { createHealth } from "@shoal/monitor";
import { testRuntime } from "@shoal/testkit";
import { fakePool } from "../fleet/fakes.test-support.ts";
import { buildFleetConfig } from "../fleet-config.ts";
import { type FakeMembers, membersOf } from "../replicas/members.test-support.ts";
import { Lobby } from "./lobby.ts";
import type { TicketStore } from "./lobby-writer.ts";

export const SINCE = "2026-01-01T00:00:00Z";
export const waiting = (user_id: string, since = SINCE) => ({ user_id, name: user_id, status: "waiting", since });

interface Over {
  readonly inRoom?: string;
  /** Who is in a room with a bot of another replica, as the matchmaker knows. */
  readonly inRoomElsewhere?: string;
  readonly isBot?: (userId: string) => boolean;
  /** What the matchmaker answers for a wait. Default: `opened`. */
  readonly outcome?: (since: string, shown: readonly ShownEntry[]) => OpenOutcome;
  readonly showsFleet?: boolean;
  /** Whether presence makes no tickets, as with private channels. */
  readonly isPrivate?: boolean;
  /** Default: this replica, `r1`, alone. */
  readonly members?: FakeMembers;
  /** Default: one that records writes in `written`. */
  readonly tickets?: TicketStore;
  /** Replaces a joined channel. */
  readonly acquire?: (topic: string) => Promise<void>;
}

/** Makes a lobby on a fake channel, with a ticket store that records writes, or refuses them. */
export function makeLobby(over: Over = {}) {
  const logged: string[] = [];
  const write = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  /** Without those at debug. */
  const shown: string[] = [];
  const both = (fields: object, message: string) => {
    write(fields, message);
    shown.push(message);
  };
  const log: Log = { debug: write, info: both, warn: both, error: both, child: () => log };
  const runtime = { ...testRuntime(), log };
  const health = createHealth({ clock: runtime.clock });
  // Only the outcomes are checked: its timer would be taken for one of the lobby.
  health.close();
  const loopStates = () => health.readiness().loops.map(({ name, state }) => `${name} ${state}`);
  const realtime = fakePool(over.acquire);
  const written: string[] = [];
  /** Whom a close was for, and of which wait. */
  const closed: [string, string | undefined][] = [];
  const reconciled: (readonly LobbyEntry[])[] = [];
  const askedInRoom: string[] = [];
  const database: { fault: ((line: string) => Error | undefined) | undefined; asked: number } = {
    fault: undefined,
    asked: 0,
  };
  const ask = async (line: string) => {
    database.asked += 1;
    const fault = database.fault?.(line);
    if (fault) throw fault;
    written.push(line);
  };
  const tickets: TicketStore = {
    async openTicket({ userId, since, shown = [], isDoubted }) {
      await ask(`open ${userId} ${since}`);
      if (isDoubted && userId === over.inRoomElsewhere) return { outcome: "held" };
      return { outcome: over.outcome?.(since ?? "", shown) ?? "opened" };
    },
    closeUser: (userId, reason) => ask(`close ${userId} ${reason}`),
    async closeUnlessInRoom(userId, reason, since) {
      await ask(`${userId === over.inRoomElsewhere ? "spare" : "close"} ${userId} ${reason}`);
      closed.push([userId, since]);
    },
    confirm: (matchId, userId) => ask(`confirm ${matchId} ${userId}`),
    async reconcileLobby(present) {
      await ask(`reconcile ${present.map(({ userId }) => userId).join(",")}`);
      reconciled.push(present);
    },
  };
  const lobby = new Lobby({
    members: over.members ?? membersOf("r1"),
    pool: realtime.pool,
    fleet: buildFleetConfig({}, { disclosure: true }),
    runtime,
    isInRoom(userId) {
      askedInRoom.push(userId);
      return userId === over.inRoom;
    },
    isBot: over.isBot ?? (() => false),
    showsFleet: over.showsFleet ?? false,
    reportLoop: health.reportLoop,
    tickets: over.isPrivate ? null : (over.tickets ?? tickets),
  });
  const show = async (...entries: Record<string, unknown>[]) => {
    const channel = realtime.channel("global:lobby");
    channel.show(Object.fromEntries(entries.map((entry, index) => [`key-${index}`, [entry]])));
    await runtime.clock.advance(0);
  };
  return {
    lobby,
    loopStates,
    written,
    closed,
    reconciled,
    askedInRoom,
    logged,
    shown,
    database,
    show,
    clock: runtime.clock,
    ...realtime,
  };
}

export async function startedLobby(over: Over = {}) {
  const made = makeLobby(over);
  made.lobby.start();
  await made.clock.advance(0);
  return made;
}
