import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";

/** In whose time instants are shown. */
export type Zone = "local" | "utc";

/** Shown where there is no value. */
export const NOTHING = "–";

/** How numbers are written: the language of the pages is English. */
export const LOCALE = "en-GB";
const count = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumSignificantDigits: 3 });
const decimal = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });

/** 12,345. */
export const formatCount = (value: number | null | undefined) => (isGiven(value) ? count.format(value) : NOTHING);
/** 12.3K. For axes and narrow places. */
export const formatCompact = (value: number | null | undefined) => (isGiven(value) ? compact.format(value) : NOTHING);
/** 12.35. */
export const formatDecimal = (value: number | null | undefined) => (isGiven(value) ? decimal.format(value) : NOTHING);
/** 42 %, of a ratio from 0 to 1. */
export const formatPercent = (ratio: number | null | undefined) =>
  isGiven(ratio) ? `${decimal.format(Math.round(ratio * 1000) / 10)} %` : NOTHING;

/** 1.5 MB. */
export function formatBytes(bytes: number | null | undefined): string {
  if (!isGiven(bytes)) return NOTHING;
  // What would be rounded to 1000 of a unit is 1 of the next one.
  const power = bytes < 999.5 ? 0 : Math.min(4, Math.floor(Math.log10(bytes * 1.0005) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** 850 ms, 4.2 s, 3 min 20 s, 5 h 4 min, 3 d 2 h: the two largest units that say something. */
export function formatDuration(durationMs: number | null | undefined): string {
  if (!isGiven(durationMs)) return NOTHING;
  if (durationMs < 0) return `−${formatDuration(-durationMs)}`;
  if (durationMs < 1) return durationMs === 0 ? "0 ms" : "< 1 ms";
  if (Math.round(durationMs) < SECOND_MS) return `${Math.round(durationMs)} ms`;
  if (durationMs < 10 * SECOND_MS) return `${(durationMs / SECOND_MS).toFixed(1)} s`;
  if (durationMs < MINUTE_MS) return `${Math.floor(durationMs / SECOND_MS)} s`;
  const [large, largeName, small, smallName] =
    durationMs < HOUR_MS
      ? [MINUTE_MS, "min", SECOND_MS, "s"]
      : durationMs < DAY_MS
        ? [HOUR_MS, "h", MINUTE_MS, "min"]
        : [DAY_MS, "d", HOUR_MS, "h"];
  const rest = Math.floor((durationMs % large) / small);
  return `${Math.floor(durationMs / large)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

/** "now", "12 s ago", "in 3 min": one unit, because it changes while it is read. */
export function formatRelative(atMs: number, nowMs: number): string {
  const awayMs = Math.abs(nowMs - atMs);
  if (awayMs < 2 * SECOND_MS) return "now";
  const [unitMs, unit] =
    awayMs < MINUTE_MS
      ? [SECOND_MS, "s"]
      : awayMs < HOUR_MS
        ? [MINUTE_MS, "min"]
        : awayMs < 2 * DAY_MS
          ? [HOUR_MS, "h"]
          : [DAY_MS, "d"];
  const text = `${Math.floor(awayMs / unitMs)} ${unit}`;
  return atMs > nowMs ? `in ${text}` : `${text} ago`;
}

/** 2026-11-30 21:05:09.123 UTC, or with the offset of the reader's own zone. */
export function formatInstant(atMs: number, zone: Zone): string {
  if (!Number.isFinite(atMs) || Math.abs(atMs) > LAST_INSTANT_MS) return NOTHING;
  const offsetMin = zone === "utc" ? 0 : -new Date(atMs).getTimezoneOffset();
  const text = new Date(atMs + offsetMin * MINUTE_MS).toISOString().replace("T", " ").replace("Z", "");
  return `${text} ${zone === "utc" ? "UTC" : offsetText(offsetMin)}`;
}

/** 21:05:09. */
export const formatClock = (atMs: number, zone: Zone): string => {
  const text = formatInstant(atMs, zone);
  return text === NOTHING ? text : (text.split(" ")[1]?.slice(0, 8) ?? NOTHING);
};

/** Instants are numbers of ms or ISO texts in the API; null where it is neither. */
export function instantOf(at: number | string | null | undefined): number | null {
  const ms = typeof at === "string" ? Date.parse(at) : at;
  return isGiven(ms) && Number.isFinite(ms) ? ms : null;
}

/** "waits-for-person" and "JOIN_REFUSED" as words: "Waits for person", "Join refused". */
export function inWords(code: string): string {
  const text = code
    .replaceAll(/[-_:]+/g, " ")
    .trim()
    .toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 bot", "2 bots". */
export const plural = (number: number, one: string, many = `${one}s`) =>
  `${formatCount(number)} ${number === 1 ? one : many}`;

const LAST_INSTANT_MS = 8.64e15 - DAY_MS;

const isGiven = (value: number | null | undefined): value is number => value !== null && value !== undefined;

const offsetText = (offsetMin: number) => {
  const [hours, minutes] = [Math.floor(Math.abs(offsetMin) / 60), Math.abs(offsetMin) % 60].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${offsetMin < 0 ? "−" : "+"}${hours}:${minutes}`;
};
