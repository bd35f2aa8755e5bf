import { describe, expect, it } from "vitest";
import { rendezvousOrder } from "./rendezvous.ts";

const order = (key: string, ids: readonly string[]) => rendezvousOrder(key, ids, (id) => id);
const IDS = ["a", "b", "c", "d", "e"];

describe("the rendezvous order", () => {
  it("is the same whatever the order of the items, and stays so on each machine and version", () => {
    expect(order("lobby", IDS)).toEqual(order("lobby", IDS.toReversed()));
    expect(["lobby", "1", "2", "3"].map((key) => order(key, IDS).join(""))).toMatchInlineSnapshot(`
      [
        "badec",
        "cdbae",
        "bcead",
        "badce",
      ]
    `);
  });

  it("keeps the order of those that stay when one goes", () => {
    for (let key = 0; key < 200; key += 1) {
      const before = order(`${key}`, IDS);
      expect(order(`${key}`, IDS.toSpliced(key % 5, 1))).toEqual(before.filter((id) => id !== IDS[key % 5]));
    }
  });

  it("prefers each about equally often, also by keys that differ at their ends alone", () => {
    const firsts = Map.groupBy(
      Array.from({ length: 5_000 }, (_, key) => order(`place:${key}`, IDS)[0]),
      (id) => id,
    );
    for (const id of IDS) {
      expect(firsts.get(id)?.length).toBeGreaterThan(880);
      expect(firsts.get(id)?.length).toBeLessThan(1_120);
    }
  });
});
