import type { ChatState, Ended, Problem } from "./chat-state.ts";

const lasting = (code: string, text: string): Problem => ({ code, text, isLasting: true });
const passing = (code: string, text: string): Problem => ({ code, text, isLasting: false });

const OFFLINE = passing("CHAT_OFFLINE", "There is no connection to the project. It is tried again.");
const SIGNED_OUT = lasting("CHAT_SIGNED_OUT", "The sign-in is over. Sign in again.");

/** By the code of an error of Auth, of the data API or of Postgres. */
const KNOWN: Readonly<Record<string, Problem>> = {
  "22023": lasting("CHAT_NAME_REFUSED", "This name cannot be used: give one of 1 to 80 characters."),
  "42501": SIGNED_OUT,
  "54000": passing("CHAT_TOO_MANY_WAITS", "You have begun 30 waits within a minute. It goes on in a minute."),
  PGRST202: lasting("CHAT_NOT_SET_UP", "The project knows no waiting: its daemon has not been started yet."),
  PGRST301: SIGNED_OUT,
  PGRST303: SIGNED_OUT,
  anonymous_provider_disabled: lasting(
    "CHAT_SIGN_IN_OFF",
    "The project lets nobody sign in anonymously. Sign in first.",
  ),
  signup_disabled: lasting("CHAT_SIGN_IN_OFF", "The project lets nobody sign in anonymously. Sign in first."),
  over_request_rate_limit: passing("CHAT_SIGN_IN_LIMIT", "Too many have just signed in from here. It is tried again."),
};

/** The same codes, where somebody is blocked or reported. */
const OF_SAFETY: Readonly<Record<string, Problem>> = {
  "22023": lasting("CHAT_TOO_LATE", "It is too late for that: this match has been over for a week."),
  "54000": lasting("CHAT_TOO_MANY_BLOCKS", "You have blocked 1,000 already, and can block nobody more."),
  PGRST202: lasting("CHAT_NOT_SET_UP", "The project cannot do that yet: its daemon is of an older version."),
};

/** What a report may say, each in one press. */
export const REPORT_REASONS = [
  "Insults or threats",
  "Sexual messages",
  "Advertising or fraud",
  "Somebody under age",
  "Something else",
] as const;

const PATTERNS: readonly (readonly [RegExp, Problem])[] = [
  [/invalid api key|no api key/i, lasting("CHAT_KEY_REFUSED", "The project does not take the page's public key.")],
  [/jwt|invalid.*token|token.*expired/i, SIGNED_OUT],
  [
    /unauthorized|permission/i,
    lasting("CHAT_JOIN_REFUSED", "The project does not let you in: its policies are missing."),
  ],
  [/fetch|network|load failed|socket|timed.?out|timeout|closed|channel.error|heartbeat|transport/i, OFFLINE],
];

interface ErrorLike {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly status?: unknown;
}

/** Says in plain words what an error of the Supabase client means. */
export function problemOf(thrown: unknown): Problem {
  const { code, message, status } = (thrown ?? {}) as ErrorLike;
  const known = typeof code === "string" && Object.hasOwn(KNOWN, code) ? KNOWN[code] : undefined;
  if (known) return known;
  const text = String(message ?? thrown);
  const found = PATTERNS.find(([pattern]) => pattern.test(text))?.[1];
  if (found) return found;
  if (typeof status === "number" && status < 500 && status !== 0 && status !== 429) {
    return lasting("CHAT_REFUSED", `The project refuses this: ${text}`);
  }
  return passing("CHAT_FAILED", "The project does not answer as it should. It is tried again.");
}

/** The same of an error of `match_block` or `match_report`. Nobody tries those again but the person. */
export function safetyProblemOf(thrown: unknown): Problem {
  const { code } = (thrown ?? {}) as ErrorLike;
  const known = typeof code === "string" && Object.hasOwn(OF_SAFETY, code) ? OF_SAFETY[code] : undefined;
  if (known) return known;
  const problem = problemOf(thrown);
  return { ...problem, text: problem.text.replace("It is tried again.", "Try it again.") };
}

const ENDED: Readonly<Record<Ended, (name: string) => string>> = {
  "you-left": () => "You have left.",
  "you-blocked": (name) => `You will not meet ${name} again.`,
  "partner-left": (name) => `${name} has left.`,
  "partner-gone": (name) => `${name} is gone.`,
  "match-over": () => "The conversation is over.",
};

/** One sentence that says where one is. Contains the partner's name: show it as text. */
export function statusText({ phase, match, ended, isPartnerHere, isOnline }: ChatState): string {
  const name = match?.partner.name ?? "Your partner";
  const who = match?.partner.isBot ? `${name}, a bot` : name;
  switch (phase) {
    case "idle":
      return "";
    case "signing-in":
      return "Signing in …";
    case "waiting":
      return "Waiting for somebody …";
    case "meeting":
      return `${name} is on the way …`;
    case "talking":
      if (!isOnline) return "Connecting again …";
      return isPartnerHere ? `You talk with ${who}.` : `${name} is away for a moment.`;
    case "over":
      return ENDED[ended ?? "match-over"](name);
  }
}
