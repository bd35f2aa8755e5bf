import type { ActBody, JobSummaryBody } from "@shoal/bot-service/bodies";
import { formatCount, plural } from "../../format.ts";
import type { Tone } from "../../parts/badge.tsx";
import type { Confirmation } from "../../parts/dialog.tsx";

export type JobAction = Exclude<ActBody["action"], "delete">;
export type LetterAction = Extract<ActBody["action"], "redrive" | "delete">;
type Status = JobSummaryBody["status"];

/** Colours of the statuses of jobs. */
export const JOB_TONES: Readonly<Record<Status, Tone>> = {
  pending: "info",
  running: "info",
  completed: "good",
  dead: "bad",
};

export const ACT_TONES: Readonly<Record<ActBody["status"], Tone>> = {
  waiting: "info",
  running: "info",
  done: "good",
  stopped: "off",
  stalled: "warn",
};

/** On which jobs each action has something to do. */
const STATUSES: Readonly<Record<JobAction, readonly Status[]>> = {
  retry: ["pending", "dead"],
  redrive: ["dead"],
  cancel: ["pending", "running"],
};

const ACTIONS = ["retry", "redrive", "cancel"] as const;

/** Returns the actions that may do something to jobs of a status; "" stands for all of them. Of a single job, redrive is a retry. */
export const actionsFor = (status: string): readonly JobAction[] =>
  ACTIONS.filter((action) => status === "" || STATUSES[action].some((each) => each === status));

export const TITLES: Readonly<Record<ActBody["action"], string>> = {
  retry: "Retry",
  redrive: "Redrive",
  cancel: "Cancel",
  delete: "Delete",
};

/** What each does, for a button's title and a question. */
export const EFFECTS: Readonly<Record<ActBody["action"], string>> = {
  retry: "Those that wait are due at once; dead ones are too, and have all their attempts again.",
  redrive: "They are back in line, with all their attempts.",
  cancel:
    "They go into the archive as dead, and are not done. A worker that has one of them drops it. This cannot be undone; the payloads stay in the archive.",
  delete: "They and the reasons why they died are gone. This cannot be undone.",
};

export type Counted = { readonly count: number; readonly is_exact: boolean };

/** "12 jobs", "more than 100,000 dead letters". */
export const countWords = ({ count, is_exact: isExact }: Counted, what: string) =>
  isExact ? plural(count, what) : `more than ${formatCount(count)} ${what}s`;

/** Asks before an act on so many. */
export function questionOf(action: ActBody["action"], counted: Counted, what: string): Confirmation {
  const many = countWords(counted, what);
  return {
    title: `${TITLES[action]} ${many}?`,
    body: `${EFFECTS[action]} They are passed in batches, and you may stop it on the way.`,
    action: `${TITLES[action]} ${many}`,
    isDangerous: action === "cancel" || action === "delete",
  };
}

/** How far an act is, from 0 to 1; null where that is not known, because more matched than were counted. */
export function progressOf({ status, acted, skipped, expected }: ActBody): number | null {
  if (status === "done") return 1;
  return expected > 100_000 ? null : Math.min(1, (acted + skipped) / Math.max(1, expected));
}

/** What an act is about: "dead jobs of the type send_digest that failed with JOB_TIME_LIMIT". May be text from outside. */
export function aboutWords(act: ActBody): string {
  const what =
    act.queue !== null
      ? `dead letters of ${act.queue}`
      : act.named_count !== null
        ? `${plural(act.named_count, "job")} that were chosen`
        : `${act.job_status === null ? "" : `${act.job_status} `}jobs`;
  return [
    what,
    act.job_type !== null && `of the type ${act.job_type}`,
    act.error_code !== null && `that failed with ${act.error_code}`,
    act.created_before !== null && `from before ${act.created_before}`,
  ]
    .filter(Boolean)
    .join(" ");
}
