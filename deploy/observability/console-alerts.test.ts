import { ALERT_RULES } from "@shoal/bot-service/alert-rules";
import { expect, it } from "vitest";
import { ALERTS } from "./alerts.ts";

const UNITS_MS = { m: 60_000, h: 3_600_000 } as const;
const inMs = (text: string) => Number.parseInt(text, 10) * UNITS_MS[text.endsWith("h") ? "h" : "m"];

it("each alert that a daemon tells of itself is one of these, by name, weight, time and words", () => {
  const known = ALERTS.map(({ alert, severity, for: time, summary }) => ({
    alert,
    severity,
    forMs: inMs(time),
    summary,
  }));
  const own = ALERT_RULES.map(({ alert, severity, forMs, summary }) => ({ alert, severity, forMs, summary }));
  expect(known).toEqual(expect.arrayContaining(own));
  expect(new Set(own.map(({ alert, severity }) => `${alert} ${severity}`)).size).toBe(own.length);
});
