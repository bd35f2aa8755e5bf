import { describe, expect, it } from "vitest";
import { memberOf } from "./members.test-support.ts";
import { isFirst } from "./seniority.ts";

const OLD = memberOf("b", { startedAtMs: 1 });
const YOUNG = memberOf("a", { startedAtMs: 2 });

describe("what one replica does for all is done", () => {
  it.each([
    ["by the oldest", [OLD, YOUNG], ["b"]],
    ["by the next while that is late", [{ ...OLD, isLate: true }, YOUNG], ["a"]],
    ["by the next while that drains", [{ ...OLD, isDraining: true }, YOUNG], ["a"]],
    ["by the next where the role of that does no such work", [{ ...OLD, role: "worker" as const }, YOUNG], ["a"]],
    ["by each while none is known", [], ["a", "b"]],
    ["by each while all drain", [OLD, YOUNG].map((one) => ({ ...one, isDraining: true })), ["a", "b"]],
  ])("%s", (_how, live, by) => {
    expect(["a", "b"].filter((replicaId) => isFirst({ replicaId, live }, "worker"))).toEqual(by);
  });
});
