import { type Clock, createEmitter, type Emitter } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import {
  createMembers,
  type Member,
  type Members,
  type MembersEvents,
  PROTOCOL,
  type RenewedMembers,
} from "./members.ts";
import { rendezvousOrder } from "./rendezvous.ts";
import { fleetOf, lateLast, seniorsOf } from "./seniority.ts";

/** A member with what a test says of it. */
export function memberOf(replicaId: string, more: Partial<Member> = {}): Member {
  return {
    ...{ replicaId, protocol: PROTOCOL, version: "0.0.0", role: "all", isDraining: false, startedAtMs: 0 },
    ...{ people: null, target: null, botMax: 10_000, places: [], deployed: 0, isLate: false },
    ...more,
  };
}

/** Members whose list a test sets; what is reported is kept in `reports`. */
export interface FakeMembers extends Members {
  readonly events: Emitter<MembersEvents>;
  readonly reports: Parameters<Members["report"]>[0][];
  /** Sets who lives and what is granted here, and emits `members:changed`. */
  set(live: readonly Member[], granted?: Iterable<number>): void;
  isCurrent: boolean;
}

/** Makes members of which `replicaId` is this one; alone in the fleet until `set`. `onReport` hears what is reported, besides. */
export function membersOf(
  replicaId: string,
  live: readonly Member[] = [memberOf(replicaId)],
  onReport: Members["report"] = () => {},
): FakeMembers {
  const events = createEmitter<MembersEvents>();
  const reports: FakeMembers["reports"] = [];
  let now = live;
  let granted: ReadonlySet<number> = new Set();
  return {
    ...{ replicaId, events, reports, isCurrent: true },
    get live() {
      return now;
    },
    get fleet() {
      return fleetOf(now);
    },
    get granted() {
      return granted;
    },
    get isLate() {
      return now.some((member) => member.replicaId === replicaId && member.isLate);
    },
    get seniors() {
      return seniorsOf(this.fleet);
    },
    order(key) {
      return lateLast(rendezvousOrder(key, this.fleet, (member) => member.replicaId));
    },
    report(change) {
      reports.push(change);
      onReport(change);
    },
    set(next, places = granted) {
      const ids = (members: readonly Member[]) => new Set(members.map((member) => member.replicaId));
      const [before, after] = [ids(now), ids(next)];
      now = next;
      granted = new Set(places);
      events.emit("members:changed", { joined: [...after.difference(before)], gone: [...before.difference(after)] });
    },
  };
}

/** Makes members of a fleet of one, to which whatever it wants is granted in a moment. */
export function alone(replicaId: string, clock: Clock): FakeMembers {
  const members = membersOf(replicaId, undefined, ({ wantedPlaces }) => {
    const isNew = wantedPlaces && new Set(wantedPlaces).symmetricDifference(members.granted).size > 0;
    if (isNew) clock.after(0, () => members.set(members.live, wantedPlaces));
  });
  return members;
}

/** Real members for a pulse whose answers nobody reads. */
export function unwatchedMembers(replicaId = "r"): RenewedMembers {
  return createMembers({ runtime: testRuntime(), replicaId, version: "0.0.0", role: "all", botMax: 10_000 });
}
