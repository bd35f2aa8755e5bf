import { describe, expect, it } from "vitest";
import { chooseLobbyPresence, deployedEntryMax, type LobbyBudget } from "./lobby-presence.ts";

const DEFAULTS: LobbyBudget = {
  ...{ botMaxCount: 15, botMaxPerReplica: 10_000 },
  ...{ maxSockets: 100, presenceEventsPerSecond: 16 },
};

function choose(budget: Partial<LobbyBudget>, wanted: "each" | "fleet" | "off" = "each") {
  const warned: object[] = [];
  const log = { warn: (fields: object) => void warned.push(fields) };
  return [chooseLobbyPresence(wanted, { ...DEFAULTS, ...budget }, log), warned.length];
}

describe("how bots are shown in the lobby", () => {
  it("is as configured where sockets and presence events reach", () => {
    expect(choose({})).toEqual(["each", 0]);
    expect(choose({ botMaxCount: 10_000 }, "fleet")).toEqual(["fleet", 0]);
    expect(choose({ botMaxCount: 10_000 }, "off")).toEqual(["off", 0]);
  });

  it("is one entry for all, and said so, where there are too few sockets for one each", () => {
    expect(choose({ maxSockets: 16 })).toEqual(["fleet", 1]);
    expect(choose({ maxSockets: 17 })).toEqual(["each", 0]);
  });

  it("needs sockets for the bots of this replica, and presence events for those of all", () => {
    expect(choose({ maxSockets: 16, botMaxPerReplica: 14 })).toEqual(["each", 0]);
    expect(choose({ maxSockets: 15, botMaxPerReplica: 14 })).toEqual(["fleet", 1]);
    expect(choose({ botMaxCount: 31, botMaxPerReplica: 10 })).toEqual(["fleet", 1]);
  });

  it("is one entry for all where a minute has too few presence events: they grow with the square of the bots", () => {
    // 30 x 32 events are what 16 a second make in a minute.
    expect(choose({ botMaxCount: 30 })).toEqual(["each", 0]);
    expect(choose({ botMaxCount: 31 })).toEqual(["fleet", 1]);
    expect(choose({ botMaxCount: 90, presenceEventsPerSecond: 800 })).toEqual(["each", 0]);
  });
});

describe("deployed bots in the lobby", () => {
  it.each([
    ["what the fleet's own leave of a minute's presence events", {}, 15],
    ["what they leave of the sockets", { presenceEventsPerSecond: 800 }, 83],
    ["more, where others run some of the fleet's own", { presenceEventsPerSecond: 800, botMaxPerReplica: 5 }, 93],
    ["none, where they leave nothing", { botMaxCount: 40 }, 0],
    ["none, where the plan has no presence events", { presenceEventsPerSecond: 0 }, 0],
  ])("are %s", (_how, budget, count) => {
    expect(deployedEntryMax({ ...DEFAULTS, ...budget }, 1)).toBe(count);
  });

  it("share the presence events that are left among the replicas, not the sockets", () => {
    expect([1, 2, 4].map((replicas) => deployedEntryMax(DEFAULTS, replicas))).toEqual([15, 7, 3]);
    expect(deployedEntryMax({ ...DEFAULTS, presenceEventsPerSecond: 8000 }, 4)).toBe(83);
  });

  it("are as many as an entry each would be chosen for, and not one more", () => {
    for (let presenceEventsPerSecond = 1; presenceEventsPerSecond <= 200; presenceEventsPerSecond += 1) {
      const budget = { ...DEFAULTS, botMaxCount: 0, maxSockets: 60, presenceEventsPerSecond };
      const count = deployedEntryMax(budget, 1);
      expect(choose({ ...budget, botMaxCount: count })[0], `${presenceEventsPerSecond}`).toBe("each");
      expect(choose({ ...budget, botMaxCount: count + 1 })[0], `${presenceEventsPerSecond}`).toBe("fleet");
    }
  });
});
