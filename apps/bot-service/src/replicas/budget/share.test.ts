import { expect, it } from "vitest";
import { memberOf, membersOf } from "../members.test-support.ts";
import { replicaCountOf, shareWithMembers } from "./share.ts";

it("gives the pool one part of as many as there are replicas with bots, again whenever they change", () => {
  const members = membersOf("a");
  const shares: number[] = [];
  const stop = shareWithMembers(members, { setShare: (ratio) => void shares.push(ratio) });
  members.set([memberOf("a"), memberOf("b"), memberOf("c"), memberOf("w", { role: "worker" })]);
  members.events.emit("members:updated", {});
  members.set([memberOf("a"), memberOf("b", { isDraining: true }), memberOf("c")]);
  // Its goodbyes, and what it says while it hands over, count, too.
  expect(shares).toEqual([1 / 3]);
  members.set([memberOf("a"), memberOf("c")]);
  members.set([memberOf("a")]);
  stop();
  members.set([memberOf("a"), memberOf("b")]);
  expect(shares).toEqual([1 / 3, 1 / 2, 1]);
  expect(members.events.listenerCount).toBe(0);
});

it("counts itself and others while they drain, and nobody while nothing is known", () => {
  const members = membersOf("a", [memberOf("a", { isDraining: true }), memberOf("b")]);
  expect(replicaCountOf(members)).toBe(2);
  members.set([memberOf("a"), memberOf("b", { isDraining: true }), memberOf("w", { role: "worker" })]);
  expect(replicaCountOf(members)).toBe(2);
  members.set([]);
  expect(replicaCountOf(members)).toBeNull();
});
