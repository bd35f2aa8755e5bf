import { describe, expect, it } from "vitest";
import { opensAtMs } from "./market-hours.ts";

const WEEK = [1, 2, 3, 4, 5];
const NEW_YORK = { zone: "America/New_York", days: WEEK, from: "09:30", to: "16:00" };
const NIGHT = { zone: "Europe/Berlin", days: [5], from: "22:00", to: "06:00" };

describe("a market", () => {
  it.each([
    ["is open at its opening", NEW_YORK, "2026-11-30T14:30:00Z", null],
    ["is open until its end", NEW_YORK, "2026-11-30T20:59:59.999Z", null],
    ["is closed from its end on", NEW_YORK, "2026-11-30T21:00:00Z", "2026-12-01T14:30:00Z"],
    ["is closed before its opening", NEW_YORK, "2026-11-30T14:29:59.999Z", "2026-11-30T14:30:00Z"],
    ["is closed over the weekend", NEW_YORK, "2026-11-28T15:00:00Z", "2026-11-30T14:30:00Z"],
    ["opens an hour of UTC earlier in summer", NEW_YORK, "2026-03-08T15:00:00Z", "2026-03-09T13:30:00Z"],
    ["and later again in winter", NEW_YORK, "2026-10-31T15:00:00Z", "2026-11-02T14:30:00Z"],
    ["is open through the night of its day", NIGHT, "2026-11-28T04:59:59Z", null],
    ["and no longer", NIGHT, "2026-11-28T05:00:00Z", "2026-12-04T21:00:00Z"],
    ["is not open in the night before", NIGHT, "2026-11-27T04:00:00Z", "2026-11-27T21:00:00Z"],
    ["may be open all of a day", { ...NIGHT, from: "00:00", to: "24:00" }, "2026-11-27T22:59:59Z", null],
    ["and only that day", { ...NIGHT, from: "00:00", to: "24:00" }, "2026-11-27T23:00:00Z", "2026-12-03T23:00:00Z"],
    ["may be open around the clock", { ...NIGHT, from: "08:00", to: "08:00" }, "2026-11-28T06:59:59Z", null],
    ["that opens on no day never closes", { ...NIGHT, days: [] }, "2026-11-28T06:59:59Z", null],
    ["knows Sunday as the seventh day", { ...NEW_YORK, days: [7] }, "2026-11-28T15:00:00Z", "2026-11-29T14:30:00Z"],
  ])("%s", (_, hours, now, opens) => {
    const found = opensAtMs(hours, Date.parse(now));
    expect(found === null ? null : new Date(found).toISOString().replace(".000", "")).toBe(opens);
  });
});
