import { type Clock, createLoop, fullJitter, type Rng, type Runtime, SECOND_MS } from "@shoal/kernel";
import { type RenewRequest, ReplicaRows } from "../../test/replica-rows.ts";
import { createMembers, type MemberRow, type MembersAnswer, type RenewedMembers } from "./members.ts";

/** The table of replicas without a database, by the clock of the test, with those who listen to it. */
export class FakeRows {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #rows = new ReplicaRows();
  readonly #listeners = new Set<(replicaId: string) => void>();

  /** Chance that places are being granted to others when some are asked for. */
  busyRatio = 0;

  constructor(clock: Clock, rng: Rng) {
    this.#clock = clock;
    this.#rng = rng;
  }

  /** Hears the ids of replicas that announce something. */
  listen(listener: (replicaId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  renew(request: RenewRequest): MembersAnswer {
    const isBusy = this.#rows.takesPlaces(request) && this.#rng.next() < this.busyRatio;
    const { answer, isAnnounced } = this.#rows.renew(request, this.#clock.monotonicMs(), isBusy);
    if (isAnnounced) this.#announce(request.replica_id);
    return answer;
  }

  gone(replicaId: string): void {
    this.#rows.gone(replicaId);
    this.#announce(replicaId);
  }

  /** The rows of those that live. */
  get live(): readonly MemberRow[] {
    return this.#rows.live(this.#clock.monotonicMs());
  }

  #announce(replicaId: string): void {
    for (const listener of [...this.#listeners]) listener(replicaId);
  }
}

export interface PulsingOptions {
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly botMax: number;
  /** Sends a pulse's part of the replicas; rejects while the database is away. */
  readonly renew: (request: object) => Promise<MembersAnswer>;
}

/** Members that are renewed every 3 s, and soon when they ask for it, as a matchmaker's sweeps do. */
export function pulsingMembers({ runtime, replicaId, botMax, renew }: PulsingOptions) {
  const members: RenewedMembers = createMembers({ runtime, replicaId, version: "0.0.0", role: "all", botMax });
  const loop = createLoop({
    ...{ runtime, nudgeMs: 20, backoff: fullJitter(200, 2 * SECOND_MS), onError: () => {} },
    async work() {
      const sentAtMs = runtime.clock.monotonicMs();
      members.answered(await renew(members.request()), sentAtMs);
      return 3 * SECOND_MS;
    },
  });
  const off = members.events.on("members:stale", loop.nudge);
  loop.start();
  const stop = async () => {
    off();
    members.close();
    await loop.stop();
  };
  return { members, stop };
}
