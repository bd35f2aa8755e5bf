import {
  BY_PLACE,
  CLOSE_CODES,
  HTTP_STATUSES,
  MEANINGS,
  type Meaning,
  type MeaningName,
  type Place,
  type Scope,
  STATUSES,
  TEXT_ROWS,
} from "./failure-table.ts";

export type { Retry, Scope } from "./failure-table.ts";

/** What was seen of a failure, before it is classified. */
export interface Evidence {
  readonly where: Place;
  /** The server's or the runtime's own words. */
  readonly text: string;
  /** The WebSocket close code, where there was one. */
  readonly closeCode?: number;
  /** The HTTP status of a handshake or a request, where it is known. */
  readonly httpStatus?: number;
  /** How long the peer had been silent when the socket ended, in ms. */
  readonly silentMs?: number;
}

/** What a failure means and what to do about it. The wait before the next try is from `floorMs` to `capMs`. */
export interface Failure extends Meaning {
  readonly name: MeaningName;
  readonly reason: string;
  /** How long the socket had brought nothing when it went, in ms, where that is known. */
  readonly silentMs?: number;
}

/** Reasons go to logs and events: long enough for every server text, too short to carry a payload. */
const MAX_REASON_LENGTH = 200;

/** Finds the one meaning of a failure: the text decides, then the HTTP status, the close code, and where it was seen. */
export function classify(evidence: Evidence): Failure {
  const { text, where } = evidence;
  const name = keyMeaning(meaningOf(evidence), where);
  const meaning = MEANINGS[name];
  return {
    ...meaning,
    name,
    scope: scopeAt(where, meaning.scope),
    reason: text.slice(0, MAX_REASON_LENGTH) || meaning.errorClass,
    ...(evidence.silentMs === undefined ? {} : { silentMs: evidence.silentMs }),
  };
}

/** The name of what a failure means, before the place where it was seen narrows or widens its scope. */
function meaningOf({ text, where, httpStatus, closeCode }: Evidence): MeaningName {
  const row = TEXT_ROWS.find(({ text: pattern, at }) => (at?.includes(where) ?? true) && pattern.test(text));
  // Words that refuse one channel for good may come before a close; they say nothing about the others on that socket.
  if (row && !(where === "close" && MEANINGS[row.means].retry !== "backoff")) return row.means;
  const byStatus = httpStatus === undefined ? undefined : statusMeaning(httpStatus, where);
  const byCode = closeCode === undefined ? undefined : CLOSE_CODES[closeCode];
  return byStatus ?? byCode ?? BY_PLACE[where];
}

function statusMeaning(status: number, where: Place): MeaningName | undefined {
  if (status >= 500) return "serverFailed";
  return (where === "http" ? HTTP_STATUSES : STATUSES)[status];
}

/** A handshake shows the key, not the token of a user: a fresh token does not mend its refusal. */
function keyMeaning(name: MeaningName, where: Place): MeaningName {
  const isToken = name === "tokenExpired" || name === "tokenRejected" || name === "tokenUnusable";
  return where === "handshake" && isToken ? "keyRefused" : name;
}

/** A refused handshake concerns the project; a closed socket its own channels, whatever the words before it said. */
function scopeAt(where: Place, scope: Scope): Scope {
  if (where === "handshake" && scope !== "socket") return "project";
  return where === "close" ? "socket" : scope;
}
