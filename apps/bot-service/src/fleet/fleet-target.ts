import { errorFields, logOutage, type Outage, type Runtime } from "@shoal/kernel";
import type { Members } from "../replicas/members.ts";
import { nextTarget, type ScalingHistory, type ScalingPolicy } from "./scaling.ts";

export interface FleetTargetOptions {
  readonly members: Members;
  readonly scaling: ScalingPolicy;
  /** Counts active people; null while the number is unknown: the target then stays. */
  readonly countPeople: () => Promise<number | null>;
  readonly runtime: Pick<Runtime, "clock" | "log">;
}

/**
 * The number of bots that the whole fleet is to have. One replica, the lead, counts people and decides; the others follow its row. While
 * there is no lead, or it has not decided yet, the number stays.
 */
export class FleetTarget {
  readonly #options: FleetTargetOptions;
  readonly #countOutage: Outage;
  #history: ScalingHistory = [];
  #bots: number | null = null;
  /** Whether the own row says a target. */
  #isShown = false;

  constructor(options: FleetTargetOptions) {
    this.#options = options;
    this.#countOutage = logOutage({
      ...{ log: options.runtime.log, level: "warn" },
      failing: "active people cannot be counted: the number of bots stays as it is until they can; trying again",
      over: "active people are counted again",
    });
  }

  /** Null before it is known. */
  get bots(): number | null {
    return this.#bots;
  }

  get isLead(): boolean {
    const { members } = this.#options;
    return members.seniors[0]?.replicaId === members.replicaId;
  }

  /** Whether this one has become the lead and has not decided yet. */
  get isUndecided(): boolean {
    return this.isLead && this.#history.length === 0;
  }

  /** Takes in what the lead's row says; nothing while this one is the lead. */
  follow(): void {
    if (this.isLead) return;
    const { members } = this.#options;
    this.#history = [];
    const target = members.seniors[0]?.target ?? null;
    if (target === null) return;
    this.#bots = target;
    // Until now, a newcomer that became the lead could go on from what this one had decided.
    if (this.#isShown) members.report({ people: null, target: null });
    this.#isShown = false;
  }

  /** Counts people and decides, if this one is the lead. */
  async count(): Promise<void> {
    if (!this.isLead) return;
    let people: number | null = null;
    try {
      people = await this.#options.countPeople();
      this.#countOutage.worked();
    } catch (thrown) {
      this.#countOutage.failed(errorFields(thrown));
    }
    if (this.isLead) this.#decide(people);
  }

  #decide(people: number | null): void {
    const { members, scaling, runtime } = this.#options;
    const nowMs = runtime.clock.monotonicMs();
    const before = this.#bots ?? members.live.find(({ target }) => target !== null)?.target ?? null;
    if (this.#history.length === 0 && before !== null) {
      // A new lead knows nothing of the last minute: bots that somebody may have wanted stay for as long as after a peak.
      this.#history = [{ atMs: nowMs, wanted: Math.min(scaling.maxCount, Math.max(scaling.minCount, before)) }];
    }
    // While the count is unknown at the start, the minimum is right for any count.
    if (people !== null || before === null) {
      const next = nextTarget(this.#history, people ?? 0, scaling, nowMs);
      this.#history = next.history;
      this.#bots = next.target;
    } else this.#bots = this.#history[0]?.wanted ?? before;
    this.#isShown = true;
    members.report({ people, target: this.#bots });
  }
}
