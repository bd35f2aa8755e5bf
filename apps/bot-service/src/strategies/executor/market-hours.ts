import { readRhythm } from "@shoal/job-queue";
import { createBoundedMemory } from "@shoal/kernel";

/** When a market is open, by the clock on the wall of a zone. */
export interface MarketHours {
  /** IANA name. */
  readonly zone: string;
  /** 1 is Monday, 7 is Sunday: the days on which it opens. */
  readonly days: readonly number[];
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`, not included. Before `from`: on the next day; the same as `from`: a whole day later. */
  readonly to: string;
}

/** Making one takes a hundred times as long as using it. */
const clocks = createBoundedMemory<Intl.DateTimeFormat>(200);

/** Returns when the market opens next; null while it is open, and where it never opens. */
export function opensAtMs({ zone, days, from, to }: MarketHours, nowMs: number): number | null {
  const { day, minute } = wallClock(zone, nowMs);
  const [fromMinute, toMinute] = [minuteOf(from), minuteOf(to)];
  const yesterday = day === 1 ? 7 : day - 1;
  const isOvernight = toMinute <= fromMinute;
  const isOpenToday = days.includes(day) && minute >= fromMinute && (isOvernight || minute < toMinute);
  const isOpenSinceYesterday = isOvernight && days.includes(yesterday) && minute < toMinute;
  if (isOpenToday || isOpenSinceYesterday || days.length === 0) return null;
  const cron = `${fromMinute % 60} ${Math.floor(fromMinute / 60)} * * ${[...new Set(days)].join(",")}`;
  return readRhythm(cron, zone).nextAfter(nowMs);
}

function wallClock(zone: string, atMs: number): { readonly day: number; readonly minute: number } {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    const parts = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    clock = new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone });
    clocks.set(zone, clock, 1);
  }
  const parts = Object.fromEntries(clock.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(parts["weekday"] ?? "") + 1;
  return { day, minute: Number(parts["hour"]) * 60 + Number(parts["minute"]) };
}

function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 60 + minutes;
}
