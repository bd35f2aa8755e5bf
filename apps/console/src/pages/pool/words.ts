import type { TimelineEntry } from "@shoal/bot-service/bodies";
import { formatDuration, formatPercent } from "../../format.ts";
import type { Tone } from "../../parts/badge.tsx";

export const BREAKER_TONES: Readonly<Record<string, Tone>> = {
  up: "good",
  unknown: "off",
  held: "warn",
  away: "bad",
  refused: "bad",
};

const BREAKER: Readonly<Record<string, string>> = {
  up: "Realtime answers, and channels are joined.",
  unknown: "Realtime has not been asked yet.",
  held: "No channel is joined for a while, because the project is over a limit.",
  away: "Realtime does not answer: one look at a time, until it does.",
  refused: "Realtime refuses the key or the project: it is asked now and then.",
};

/** What the breaker does in a state. */
export const breakerWords = (state: string): string => BREAKER[state] ?? "";

/** Says what an entry of the timeline means. */
export function entryWords({ what, state, why, lasts_ms, ratio, subject }: TimelineEntry): string {
  const lasts = lasts_ms === null ? "" : formatDuration(lasts_ms);
  switch (what) {
    case "breaker":
      return [why ?? breakerWords(state), lasts && `It looks again in ${lasts}.`].filter(Boolean).join(" ");
    case "budget":
      return `The server said that the limit of ${state} was reached: ${formatPercent(ratio)} of the share is left, and nothing is spent for ${lasts}.`;
    case "token":
      return "No new access token was had: channels cannot rejoin once the old one is over.";
    case "socket":
      return state === "stale"
        ? `Socket ${subject} had been silent for ${lasts}, and is replaced.`
        : `Socket ${subject} was closed by an error; its channels rejoin.`;
  }
}

export const entryTone = ({ what, state }: TimelineEntry): Tone =>
  what === "breaker" ? (BREAKER_TONES[state] ?? "off") : "warn";

/** "breaker held", "limit of events", "socket stale". */
export const entryName = ({ what, state }: TimelineEntry): string =>
  what === "budget" ? `limit of ${state}` : `${what} ${state}`;
