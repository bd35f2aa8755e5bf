/**
 * Words that this code once had for itself. Each says what stands in its place in the language of the field; none of them may
 * come back, in code, in file names or in documents. Ordinary words are refused only in the form of the old identifier.
 */
export interface RetiredWord {
  readonly old: string;
  readonly now: string;
  readonly pattern: RegExp;
  /** Where it is refused, as the beginning of a path; everywhere if absent. */
  readonly under?: string;
}

const JOB_QUEUE = "packages/job-queue/";
const POOL = "packages/realtime-pool/";
const SERVICE = "apps/bot-service/";

export const retiredWords: readonly RetiredWord[] = [
  {
    old: "introductions, introduce",
    now: "wiring, wireEvents, WiredParts",
    pattern: /\b(?:introductions|introduce|Introduced)\b/,
  },
  { old: "Crew", now: "BotRegistry", pattern: /Crew(?![a-z])|\bcrew\b/ },
  { old: "Hand", now: "entry", pattern: /\b(?:interface|type|class) Hand\b/ },
  { old: "MatchDesk", now: "MatchWriter, DurableMatchWriter", pattern: /[Mm]atchDesk|match-desk/ },
  { old: "LobbyDesk", now: "TicketStore", pattern: /[Ll]obbyDesk|lobby-desk/ },
  { old: "JobDesk, OperatorDesk", now: "JobAdmin, AuditedJobAdmin", pattern: /(?:[Jj]ob|[Oo]perator)(?:Desk|-desk)/ },
  { old: "ControlDesk", now: "CommandApi", pattern: /[Cc]ontrol(?:Desk|-desk)/ },
  { old: "OperationDesk", now: "HealthSources", pattern: /[Oo]peration(?:Desk|-desk)/ },
  { old: "TicketDesk", now: "TicketApi", pattern: /[Tt]icket(?:Desk|-desk)/ },
  {
    old: "Room of the pool",
    now: "SlotWaitlist",
    pattern: /\b(?:interface|class|new) Room\b|\bsrc\/room\b/,
    under: POOL,
  },
  {
    old: "hasRoom, getRoom, onRoom, NO_ROOM",
    now: "capacity, NO_CAPACITY",
    pattern: /\b(?:hasRoom|getRoom|onRoom|NO_ROOM)\b/,
  },
  {
    old: "zod's uuid, which wants a version",
    now: "uuid of src/uuid.ts, which takes what Postgres takes",
    pattern: /\bz\.uuid(?:v\d)?\(/,
  },
  { old: "Standing", now: "TopicTrust", pattern: /Standing(?![a-z])|\bstanding(?:\.test)?\.ts\b/ },
  { old: "unknownOf", now: "needsProbe", pattern: /\bunknownOf\b/ },
  { old: "Subject", now: "TopicKey", pattern: /\b(?:interface|type) Subject\b/, under: POOL },
  { old: "Leg, Legs", now: "Join, ChannelJoins; Executor, InngestExecutor", pattern: /Legs?(?![a-z])|\blegs?\b/ },
  { old: "inngest/slots.ts", now: "p-limit", pattern: /\binngest\/slots\b/ },
  { old: "heed", now: "onFailure", pattern: /\bheed\b/ },
  { old: "Line", now: "QueueConsumer", pattern: /\b(?:interface|type|class) Line\b|\bpgmq\/line\b/, under: JOB_QUEUE },
  { old: "Feeder", now: "ReadScheduler", pattern: /Feeder(?![a-z])|\bfeeder\b/ },
  { old: "Heart", now: "VisibilityExtender", pattern: /Heart(?![a-z])|\bheart\b/, under: JOB_QUEUE },
  { old: "Settler", now: "OutcomeWriter", pattern: /Settler(?![a-z])|\bsettler\b/ },
  { old: "tellSettled", now: "emitOutcome", pattern: /\btellSettled\b/ },
  { old: "Turns", now: "ClaimLoop", pattern: /\b(?:interface|class|type) Turns\b|\bcreateTurns\b|\bturns\.ts\b/ },
  { old: "takeTurn, job_turn", now: "completeAndClaim, job_complete_and_claim", pattern: /\b(?:takeTurn|job_turn)\b/ },
  { old: "Crowd", now: "LazySet", pattern: /Crowd(?![a-z])|\bcrowd\.ts\b/, under: JOB_QUEUE },
  { old: "Holdings", now: "ActiveLeases", pattern: /Holdings(?![a-z])|\bholdings\.ts\b/, under: JOB_QUEUE },
  {
    old: "Held, HeldJob",
    now: "InFlightMessage, InFlightJob",
    pattern: /\bHeldJob\b|\b(?:interface|class|type|new) Held\b|\bheld\.ts\b/,
    under: JOB_QUEUE,
  },
  { old: "isHopeful, hope", now: "mayHaveWork, pollSoon", pattern: /Hopeful|\bhope\(|\bconst hope\b/ },
  {
    old: "letters",
    now: "dead-letters",
    pattern: /\bjobs letters\b|\bkind: "letters"|\bletters\(|\b(?:drawLetters|letterBody|LetterFilter)\b/,
  },
  { old: "LobbyMeans", now: "LobbyBudget", pattern: /LobbyMeans|\blobby-means\b/ },
  {
    old: "Look, Found",
    now: "findWork, ScanCursor, Work",
    pattern: /\b(?:interface|type) (?:Look|Found)\b/,
  },
  { old: "Audible", now: "EventSubscriber", pattern: /\bAudible\b/ },
  { old: "OfJob", now: "JobContextImpl", pattern: /\bOfJob\b/ },
  { old: "NOBODY", now: "UNKNOWN_TYPE_HANDLER", pattern: /\bNOBODY\b/, under: `${JOB_QUEUE}src/` },
  { old: "knock", now: "guardsByAccess", pattern: /\bknock\b/ },
  { old: "present()", now: "omitUndefined", pattern: /\bpresent\(|\bfunction present\b/, under: `${SERVICE}src/http/` },
  { old: "namesakes", now: "idConflicts", pattern: /[Nn]amesakes?/ },
  { old: "given id", now: "operatorChosenId", pattern: /[Gg]ivenIds?\b|\bgiven_ids?\b/ },
  { old: "tally", now: "snapshot", pattern: /\btall(?:y|ies)\b|Tally(?![a-z])/ },
];

/** Files that name old words on purpose, and such as hold what people write. */
const exempt =
  /^(?:scripts\/retired-words|CHANGELOG\.md$|bench\/results\/|packages\/safety\/(?:src\/(?:phrases\/|learned\/weights)|training\/lines\/)|packages\/(?:safety|replies)\/test\/|packages\/conversation\/judged\/)/;

export interface RetiredFinding {
  /** 0 where the path itself has the word. */
  readonly line: number;
  readonly rule: string;
}

/** One finding per word and line of the file, and per word in its path. */
export function findRetiredWords(path: string, text: string): RetiredFinding[] {
  if (exempt.test(path)) return [];
  const words = retiredWords.filter(({ under = "" }) => path.startsWith(under));
  return [path, ...text.split("\n")].flatMap((content, line) =>
    words
      .filter(({ pattern }) => pattern.test(content))
      .map(({ old, now }) => ({ line, rule: `a retired word (${old}): say ${now}` })),
  );
}
