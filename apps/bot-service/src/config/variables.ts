import { DAY_MS, HOUR_MS } from "@shoal/kernel";
import { connectionString } from "./connection-string.ts";
import { consoleVariables } from "./console-variables.ts";
import { httpVariables } from "./http-address.ts";
import { jobVariables } from "./job-variables.ts";
import { redisUrl } from "./redis-url.ts";
import { replyVariables } from "./reply-variables.ts";
import { strategyVariables } from "./strategy-variables.ts";
import {
  isUrl,
  oneOf,
  optionalText,
  optionalWholeNumber,
  percent,
  text,
  trueOrFalse,
  wholeNumber,
} from "./variable.ts";

/**
 * Every environment variable there is, with its default. The configuration table in docs/configuration.md is made from this list.
 * @source SPEC A for the bot counts, stagger, retries and confirmation; REALTIME.md 2.1 and 8 for the pool
 */
export const variables = {
  supabaseUrl: optionalText("SUPABASE_URL", {
    description: "The project to serve. Unset: the embedded backend.",
    defaultText: "embedded backend",
    expected: "URL starting with https:// or http://",
    accepts: isUrl(["https:", "http:"]),
  }),
  serviceRoleKey: optionalText("SUPABASE_SERVICE_ROLE_KEY", {
    description: "Service-role or secret key of the project. Required with `SUPABASE_URL`.",
    defaultText: "made by the embedded backend",
    expected: "8 characters or more without white space",
    isSecret: true,
    accepts: (given) => /^\S{8,}$/.test(given),
  }),
  jwtSecret: optionalText("SUPABASE_JWT_SECRET", {
    description:
      "JWT secret of a project that still signs its people's tokens with one (HS256), so that people may use the HTTP API by them. Projects with signing keys need none.",
    defaultText: "none; known to the embedded backend",
    expected: "32 characters or more without white space",
    isSecret: true,
    accepts: (given) => /^\S{32,}$/.test(given),
  }),
  databaseUrl: connectionString("DATABASE_URL", {
    description:
      "Postgres for tickets, matches, commands, jobs and leases; the project's own, so that its apps reach them. Unset: the embedded one.",
    defaultText: "embedded Postgres",
  }),
  databaseConnections: wholeNumber("DATABASE_CONNECTIONS", {
    description:
      "Connections to Postgres that the daemon opens at most, all its uses together; raise it where many jobs or commands wait for one.",
    default: 4,
    min: 4,
    max: 100,
    unit: "connections",
  }),
  databaseWaitMs: wholeNumber("DATABASE_WAIT_MS", {
    description:
      "How long a statement waits for a free connection before it fails (`STORE_BUSY`) and is tried again by whoever sent it.",
    default: 5000,
    min: 100,
    max: 60_000,
    unit: "ms",
  }),
  slowQueryMs: wholeNumber("SLOW_QUERY_MS", {
    description:
      "From how long on a statement counts as slow, and has a line in the log by its name, never with values. 0: none does.",
    default: 200,
    min: 0,
    max: 60_000,
    unit: "ms",
  }),
  redis: redisUrl("REDIS_URL", {
    description:
      "Redis through which the daemons share answers of `/api/analytics`, so that they read fewer of them from Postgres ([analytics](analytics.md)). Without it, or while it is away, answers are shared through Postgres alone.",
    defaultText: "none",
  }),
  apiToken: optionalText("SHOAL_API_TOKEN", {
    description: "Bearer token of the HTTP API. Required with `SUPABASE_URL`.",
    defaultText: "made at first start of the embedded backend",
    expected: "16 to 512 characters without white space",
    isSecret: true,
    accepts: (given) => /^\S{16,512}$/.test(given),
  }),
  directory: text("SHOAL_DIRECTORY", {
    description: "Where the embedded backend keeps its data and keys.",
    default: ".shoal",
    expected: "a path",
    accepts: (given) => !given.includes("\0"),
  }),
  fleetConfig: optionalText("FLEET_CONFIG", {
    description: "Path of a `fleet.config.ts` with your topics, events, bot kinds, jobs and analytics.",
    defaultText: "the default contract",
    expected: "a path",
    accepts: (given) => !given.includes("\0"),
  }),
  ...httpVariables,
  ...consoleVariables,
  role: oneOf("SHOAL_ROLE", {
    description:
      "What this daemon runs: `fleet` the lobby, pairing, bots and their commands; `worker` jobs, queues, schedules, strategies, their orders and sums of trades; `all` both. Each serves the whole HTTP API, but Inngest calls workers ([roles](operation.md#roles)).",
    default: "all",
    values: ["all", "fleet", "worker"],
  }),
  channelAccess: oneOf("CHANNEL_ACCESS", {
    description:
      "`private`: people sign in, and policies say who reads and writes lobby, notices and rooms. `public`: anybody with the public key reads and writes all of them ([security](security.md)).",
    default: "private",
    values: ["private", "public"],
  }),
  botMinCount: wholeNumber("BOT_MIN_COUNT", {
    description: "Bots kept running however few people there are, by all daemons of the database together.",
    default: 3,
    min: 0,
    max: 10_000,
    unit: "bots",
  }),
  botMaxCount: wholeNumber("BOT_MAX_COUNT", {
    description: "Bots never exceeded, by all daemons of the database together. At least `BOT_MIN_COUNT`.",
    default: 15,
    min: 0,
    max: 10_000,
    unit: "bots",
  }),
  botMaxPerReplica: wholeNumber("BOT_MAX_PER_REPLICA", {
    description:
      "Bots of these that one daemon runs at most. What it may not run is shared by the others; where all of them have as many, the fleet stays smaller and the log says so. Those that talk and are handed over by a daemon that drains come on top, until they have talked.",
    default: 10_000,
    min: 0,
    max: 10_000,
    unit: "bots",
  }),
  botTargetPercentage: wholeNumber("BOT_TARGET_PERCENTAGE", {
    description: "Bots per hundred active people, between the two counts above.",
    default: 30,
    min: 0,
    max: 1000,
    unit: "per cent",
  }),
  maintenanceIntervalMs: wholeNumber("MAINTENANCE_INTERVAL_MS", {
    description: "How often the number of bots is adjusted; also how long there must be fewer people before bots stop.",
    default: 60_000,
    min: 100,
    max: HOUR_MS,
    unit: "ms",
  }),
  botDisclosure: trueOrFalse("BOT_DISCLOSURE", {
    description: "Bots say that they are bots in their first message. Several countries require it.",
    default: true,
  }),
  lobbyPresence: oneOf("LOBBY_PRESENCE", {
    description:
      "Bots in the lobby: `each` an entry of its own, `fleet` one entry for all of them, `off` none. `each` needs a socket per bot and presence events by the square; where there are too few of them, the daemon uses `fleet`.",
    default: "each",
    values: ["each", "fleet", "off"],
  }),
  startMode: oneOf("START_MODE", {
    description:
      "`stagger` waits a random time between the joins of bots; `quota` joins as fast as the join budget allows.",
    default: "stagger",
    values: ["stagger", "quota"],
  }),
  staggerMinMs: wholeNumber("STAGGER_MIN_MS", {
    description: "Shortest wait between the joins of two bots in `stagger` mode.",
    default: 5000,
    min: 0,
    max: HOUR_MS,
    unit: "ms",
  }),
  staggerMaxMs: wholeNumber("STAGGER_MAX_MS", {
    description: "Longest such wait. At least `STAGGER_MIN_MS`.",
    default: 8000,
    min: 0,
    max: HOUR_MS,
    unit: "ms",
  }),
  poolChannelsPerSocket: wholeNumber("POOL_CHANNELS_PER_SOCKET", {
    description: "Channels that share one socket; 90 is sensible at scale.",
    default: 10,
    min: 1,
    max: 100,
    unit: "channels",
  }),
  poolMaxSockets: wholeNumber("POOL_MAX_SOCKETS", {
    description: "Sockets never exceeded; leave room for people under the plan's limit (200 on Free).",
    default: 100,
    min: 1,
    max: 10_000,
    unit: "sockets",
  }),
  supabasePlan: oneOf("SUPABASE_PLAN", {
    description:
      "The project's plan, whose limits the daemon keeps; `auto` is `free` for a project, `self-hosted` for the embedded backend.",
    default: "auto",
    values: ["auto", "free", "pro", "team", "self-hosted"],
  }),
  poolJoinsPerSecond: optionalWholeNumber("POOL_JOINS_PER_SECOND", {
    description: "Channel joins the project allows (100 on Free, 500 on Pro, 2,500 on Team).",
    defaultText: "by plan",
    min: 1,
    max: 100_000,
    unit: "joins per second",
  }),
  poolEventsPerSecond: optionalWholeNumber("POOL_EVENTS_PER_SECOND", {
    description: "Messages the project allows, each delivery counted (100 on Free, 500 on Pro, 2,500 on Team).",
    defaultText: "by plan",
    min: 1,
    max: 1_000_000,
    unit: "events per second",
  }),
  poolPresencePerSecond: optionalWholeNumber("POOL_PRESENCE_PER_SECOND", {
    description: "Presence messages the project allows (20 on Free, 50 on Pro, 1,000 on Team).",
    defaultText: "by plan",
    min: 1,
    max: 1_000_000,
    unit: "events per second",
  }),
  joinShare: percent("POOL_JOIN_SHARE", {
    description: "Share of those limits that all daemons on one database may spend together; the rest is for people.",
    default: 80,
    min: 1,
    max: 100,
  }),
  poolCanaryMs: wholeNumber("POOL_CANARY_MS", {
    description: "How often a broadcast to oneself proves that messages still flow; 0 is never.",
    default: 0,
    min: 0,
    max: HOUR_MS,
    unit: "ms",
  }),
  matchBotAfterMs: wholeNumber("MATCH_BOT_AFTER_MS", {
    description: "How long a person waits for another person before a bot is used.",
    default: 4000,
    min: 0,
    max: DAY_MS,
    unit: "ms",
  }),
  matchConfirmMs: wholeNumber("MATCH_CONFIRM_MS", {
    description: "Time to confirm a match; then its tickets go back to the front.",
    default: 8000,
    min: 100,
    max: HOUR_MS,
    unit: "ms",
  }),
  conversationMaxMessages: wholeNumber("CONVERSATION_MAX_MESSAGES", {
    description: "Messages a bot sends in one conversation before it takes its leave.",
    default: 40,
    min: 1,
    max: 10_000,
    unit: "messages",
  }),
  conversationIdleMs: wholeNumber("CONVERSATION_IDLE_MS", {
    description: "Silence after which a bot takes its leave.",
    default: 60_000,
    min: 1000,
    max: DAY_MS,
    unit: "ms",
  }),
  ...replyVariables,
  ...jobVariables,
  ...strategyVariables,
  drainTimeoutMs: wholeNumber("DRAIN_TIMEOUT_MS", {
    description: "Time for goodbyes and clean-up after SIGTERM or Ctrl-C.",
    default: 20_000,
    min: 100,
    max: HOUR_MS,
    unit: "ms",
  }),
  drainMode: oneOf("DRAIN_MODE", {
    description:
      "What becomes of conversations when the daemon drains and no other replica can go on with them: `goodbye`, they end at once; `finish`, they may end by themselves until 2 s before the time for it (60 % of `DRAIN_TIMEOUT_MS`) is over.",
    default: "goodbye",
    values: ["goodbye", "finish"],
  }),
  logLevel: oneOf("LOG_LEVEL", {
    description: "Least severe log lines written.",
    default: "info",
    values: ["debug", "info", "warn", "error", "silent"],
  }),
  logFormat: oneOf("LOG_FORMAT", {
    description: "`json` lines, `pretty` for people; `auto` is pretty on a terminal.",
    default: "auto",
    values: ["auto", "json", "pretty"],
  }),
} as const;
