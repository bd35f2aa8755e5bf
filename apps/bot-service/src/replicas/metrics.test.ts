import { createMetrics } from "@shoal/monitor";
import { movedSeries } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { memberOf, membersOf } from "./members.test-support.ts";
import { observeReplicas } from "./metrics.ts";

const all = [
  memberOf("a", { places: [1], target: 6 }),
  memberOf("b", { places: [2, 3], target: 6 }),
  memberOf("c", { places: [4, 5, 6], target: 6 }),
];
const [a = memberOf("a"), b = memberOf("b"), c = memberOf("c")] = all;

function observed() {
  const metrics = createMetrics();
  const members = membersOf("a", all);
  observeReplicas(metrics, members);
  const counted = async () => {
    const series = await movedSeries(metrics);
    return Object.fromEntries(Object.entries(series).filter(([name]) => name.endsWith("_total")));
  };
  return { members, counted };
}

describe("ends of replicas", () => {
  it("are counted where the replica did not drain, and what is taken over from it here, once", async () => {
    const { members, counted } = observed();
    members.set([a, b]);
    expect(await counted()).toEqual({ shoal_replicas_lost_total: 1 });
    members.set(
      [
        { ...a, places: [1, 4] },
        { ...b, places: [2, 3, 5] },
      ],
      [1, 4],
    );
    expect(await counted()).toEqual({ shoal_replicas_lost_total: 1, shoal_replica_takeovers_total: 1 });
    members.set(
      [
        { ...a, places: [1, 4, 5, 6] },
        { ...b, places: [2, 3] },
      ],
      [1, 4, 5, 6],
    );
    expect(await counted()).toEqual({ shoal_replicas_lost_total: 1, shoal_replica_takeovers_total: 2 });
  });

  it("are not counted where it drained, whoever has its bots then", async () => {
    const { members, counted } = observed();
    members.set([a, b, { ...c, isDraining: true }]);
    members.set([{ ...a, places: [1, 4, 5, 6] }, b], [1, 4, 5, 6]);
    expect(await counted()).toEqual({});
  });

  it("leave nothing to be taken over of what the fleet does not want any more", async () => {
    const { members, counted } = observed();
    members.set([
      { ...a, target: 3 },
      { ...b, target: 3 },
    ]);
    members.set(
      [
        { ...a, places: [1, 4], target: 6 },
        { ...b, target: 6 },
      ],
      [1, 4],
    );
    expect(await counted()).toEqual({ shoal_replicas_lost_total: 1 });
  });

  it("of the own term are counted", async () => {
    const { members, counted } = observed();
    members.events.emit("members:term-over", {});
    expect(await counted()).toEqual({ shoal_replica_terms_over_total: 1 });
  });
});
