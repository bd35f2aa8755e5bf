import type { BotRow, Deployment } from "@shoal/bot-service/bodies";
import type { Tone } from "../../parts/badge.tsx";

/** States of a bot of the daemon that is asked, in the order of its life. */
export const BOT_TONES: Readonly<Record<BotRow["state"], Tone>> = {
  starting: "info",
  queued: "warn",
  idle: "good",
  reserved: "info",
  joining: "info",
  waiting: "info",
  talking: "good",
  handing: "info",
  taking: "info",
  leaving: "info",
  stopping: "off",
  stopped: "off",
  crashed: "warn",
  quarantined: "bad",
};

/** What a state of a bot says, for who does not know it. */
export const BOT_STATES: Readonly<Record<BotRow["state"], string>> = {
  starting: "Its entry in the lobby is being made.",
  queued: "It was deployed here and waits for a free place.",
  idle: "It can be matched.",
  reserved: "It is being matched.",
  joining: "It joins the room of its match.",
  waiting: "It is in the room, and the match is not confirmed by both yet.",
  talking: "It talks with a person.",
  handing: "Its conversation goes to another replica.",
  taking: "It takes a conversation over from another replica.",
  leaving: "It says goodbye and leaves the room.",
  stopping: "It gives back what it holds.",
  stopped: "It has ended.",
  crashed: "It crashed, and starts again after a pause that grows with each crash.",
  quarantined: "It crashed too often, and waits before it starts again.",
};

export const STATUS_TONES: Readonly<Record<Deployment["status"], Tone>> = {
  starting: "info",
  running: "good",
  paused: "off",
  stopping: "info",
  stopped: "off",
  crashed: "warn",
  quarantined: "bad",
};

const ERRORS: Readonly<Record<string, string>> = {
  CONTROL_NO_ROOM: "No daemon has room for it, or its kind: it starts when there is a place (BOT_DEPLOYED_MAX).",
  CONTROL_OWNER_QUOTA: "Its owner runs as many bots as may run (BOT_DEPLOYED_PER_OWNER).",
};

/** What the last error of a deployed bot means; undefined where its kind alone knows. */
export const meaningOf = (code: string | null): string | undefined => (code === null ? undefined : ERRORS[code]);

type Detail = Pick<Deployment, "status" | "desired" | "replica" | "last_error"> & {
  readonly lease: { readonly holder: string; readonly expires_in_ms: number } | null;
  readonly waiting_commands: number;
};

/** Says what holds a deployed bot back, or who is at it. */
export function standingOf({ status, desired, replica, last_error, lease, waiting_commands }: Detail): string {
  const isOver = lease !== null && lease.expires_in_ms <= 0;
  if (isOver && desired !== "stopped") return "Its daemon is gone or cut off: another takes it over within 12 s.";
  if (waiting_commands > 0) return "Commands wait for the daemon that holds it.";
  const meaning = meaningOf(last_error);
  if (status === "starting" && replica === null) return meaning ?? "No daemon has taken it yet.";
  if (status === "quarantined")
    return "It crashed three times within 5 min: it starts again 10 min after the last one, or by Start.";
  if (status === "crashed") return "It crashed, and starts again after a pause that grows with each crash.";
  if (status === "stopping") return "It stops once its conversation is over.";
  if (status === "stopped") return "It is stopped, and starts by Start alone.";
  if (status === "paused") return "It takes no new conversation until Resume.";
  return "It runs as it should.";
}
