/** What becomes of rows when a person is erased: they are deleted; the id is taken out of them; or they stay, and `why` says so. */
export type Fate = "delete" | "anonymise" | "keep";

/** One place where the database keeps something of a person. */
export interface Kept {
  readonly table: string;
  /** Holds the id, or says by another row that it is the person's. */
  readonly column: string;
  readonly fate: Fate;
  /** What it is, and why that becomes of it. */
  readonly why: string;
  /** SQL of a row `t` that is of the person. `$1`: the id as texts, as it was given and in small letters; `$2`: as a UUID, or null. */
  readonly is: string;
  /** SQL of what the columns become, where the row stays without the id. */
  readonly set?: string;
  /** Columns that are shown to who asks for what is kept. Default: all. */
  readonly shows?: string;
  /** Goes with the person's strategies, in one transaction that refuses while an exchange may fill an order. */
  readonly goesWithStrategies?: true;
  /** The row is somebody else's: the person is told how many there are, and not which. */
  readonly isOfOthers?: boolean;
}

const text = (column: string) => `t.${column} = any ($1::text[])`;
const uuid = (column: string) => `t.${column} = $2::uuid`;
/** A text that may name the person among other words. Of UUIDs alone: a short id is part of many words. */
const names = (column: string) => `strpos(lower(t.${column}), $2::uuid::text) > 0`;
/** JSON that has the id as a value of its own, however deep. */
const holds = (column: string) =>
  `jsonb_path_exists(t.${column}, 'strict $.** ? (@ == $ids[*])', jsonb_build_object('ids', to_jsonb($1::text[])))`;
const OWN_STRATEGIES = "t.strategy_id in (select s.id from shoal.strategies s where s.owner_id = $2::uuid)";
const ofStrategy = (table: string, why: string, shows?: string): Kept => ({
  ...{ table: `shoal.${table}`, column: "strategy_id", fate: "delete", is: OWN_STRATEGIES, goesWithStrategies: true },
  why: `${why}; goes with the strategy`,
  ...(shows && { shows }),
});

/**
 * THE LIST of what is kept of people, in the order in which it is erased: what writes of a person look at before they write (consents, seats) comes first,
 * so that nothing of who was erased is written afterwards. A test looks for columns that are missing here.
 */
export const KEPT: readonly Kept[] = [
  {
    ...{ table: "public.bot_memory_consents", column: "user_id", fate: "delete", is: uuid("user_id") },
    why: "that bots may remember the person",
  },
  {
    ...{ table: "shoal.person_memories", column: "person_id", fate: "delete", is: text("person_id") },
    why: "what bots remember of the person",
  },
  {
    ...{
      table: "shoal.match_seats",
      column: "participant_id",
      fate: "anonymise",
      set: "participant_id = 'erased', name = 'erased'",
    },
    is: `not t.is_open and t.participant_id <> 'erased' and (not t.bot and ${text("participant_id")} or ${names("participant_id")})`,
    why: "matches of the last week; the partner's stay, without id and name of the person",
    shows: "t.match_id, t.seat, t.participant_id, t.name, t.confirmed_at",
  },
  {
    ...{
      table: "shoal.match_tickets",
      column: "user_id",
      fate: "delete",
      is: `t.status = 'closed' and ${text("user_id")}`,
    },
    why: "waits of the last week, with name and attributes",
    shows: "t.id, t.name, t.source, t.status, t.attributes, t.queued_at, t.closed_at, t.closed_reason, t.match_id",
  },
  {
    ...{ table: "shoal.match_tickets", column: "last_partner_id", fate: "anonymise", set: "last_partner_id = null" },
    ...{ is: `(${text("last_partner_id")} or ${names("last_partner_id")})`, isOfOthers: true },
    why: "whom a partner met last; the partner's wait stays",
  },
  {
    ...{ table: "public.match_blocks", column: "user_id", fate: "delete", is: text("user_id") },
    why: "whom the person does not want to meet",
  },
  {
    ...{ table: "public.match_blocks", column: "blocked_id", fate: "delete", is: text("blocked_id"), isOfOthers: true },
    why: "who does not want to meet the person, who comes back under another id",
  },
  {
    ...{ table: "shoal.match_untold", column: "change", fate: "delete", isOfOthers: true },
    is: "((t.change).user_id = any ($1::text[]) or (t.change).missing ?| $1::text[])",
    why: "changes of matches that a daemon tells in the next seconds",
  },
  {
    ...{ table: "shoal.hand_overs", column: "offer", fate: "delete", isOfOthers: true },
    is: `(${holds("offer")} or ${names("memory")})`,
    why: "conversations on their way to another daemon, for seconds; the match ends first, and this with it",
    shows: "t.match_id, t.state",
  },
  {
    ...{ table: "shoal.conversation_marks", column: "person_id", fate: "delete", is: text("person_id") },
    why: "conversations that an operator should look at, for 90 days",
    shows: "t.id, t.match_id, t.kind, t.source, t.created_at, t.seen_at",
  },
  {
    ...{
      table: "shoal.conversation_marks",
      column: "reporter_id",
      fate: "anonymise",
      set: "reporter_id = null, reason = null",
    },
    ...{ is: text("reporter_id"), shows: "t.id, t.match_id, t.kind, t.reason, t.created_at" },
    why: "what the person reported of others; the report stays, without reporter and words",
  },
  {
    ...{
      table: "shoal.conversation_marks",
      column: "reason",
      fate: "anonymise",
      set: "reason = null",
      isOfOthers: true,
    },
    is: names("reason"),
    why: "words of others that name the person",
  },
  {
    ...{ table: "public.bot_control", column: "issued_by", fate: "delete" },
    is: `(${uuid("issued_by")} or t.applied_at is not null and (${names("bot_id")} or ${holds("payload")}))`,
    why: "commands to bots, for 90 days",
    shows: "t.id, t.bot_id, t.command, t.created_at, t.applied_at, t.outcome",
  },
  {
    ...{ table: "public.bot_deployments", column: "owner_id", fate: "anonymise" },
    set: "owner_id = null, name = t.bot_id, config = '{}', last_error = null, updated_at = clock_timestamp()",
    ...{ is: uuid("owner_id"), shows: "t.bot_id, t.kind, t.name, t.desired, t.status, t.created_at" },
    why: "bots that the person has deployed: they stop, and their rows go as soon as they have",
  },
  {
    ...{ table: "shoal.leases", column: "resource", fate: "delete" },
    is: `(t.holder is null or t.expires_at < clock_timestamp()) and starts_with(t.resource, 'bot:') and ${names("resource")}`,
    why: "which daemon runs a bot whose id names the person",
    shows: "t.resource",
  },
  {
    ...{
      table: "shoal.strategies",
      column: "owner_id",
      fate: "delete",
      is: uuid("owner_id"),
      goesWithStrategies: true,
    },
    why: "strategies that the person has deployed",
    shows: "t.id, t.name, t.version, t.config, t.venue, t.market, t.status, t.created_at, t.updated_at",
  },
  ofStrategy("strategy_versions", "each deploy", "t.strategy_id, t.version, t.config, t.deployed_at"),
  ofStrategy(
    "strategy_clock",
    "when it runs, and how its runs went",
    "t.strategy_id, t.last_execution_at, t.total_executions, t.last_error",
  ),
  ofStrategy("strategy_state", "what it remembers"),
  ofStrategy("strategy_books", "its money"),
  ofStrategy(
    "strategy_runs",
    "its latest runs",
    "t.id, t.strategy_id, t.number, t.started_at, t.outcome, t.error, t.logs, t.notifications",
  ),
  ofStrategy(
    "strategy_orders",
    "its orders",
    "t.id, t.strategy_id, t.venue, t.symbol, t.side, t.type, t.quantity, t.price, t.status, t.placed_at",
  ),
  ofStrategy("strategy_fills", "its trades"),
  ofStrategy("strategy_positions", "what it holds"),
  ofStrategy("strategy_balances", "what it holds"),
  ofStrategy("strategy_equity", "what it was worth"),
  {
    ...{
      table: "shoal.strategy_versions",
      column: "deployed_by",
      fate: "anonymise",
      set: "deployed_by = null",
      is: uuid("deployed_by"),
    },
    why: "who deployed a strategy that is not the person's own",
    ...{ shows: "t.strategy_id, t.version, t.deployed_at", isOfOthers: true },
  },
  {
    ...{ table: "shoal.strategy_code", column: "id", fate: "delete", goesWithStrategies: true },
    is: `t.id in (select v.code_id from shoal.strategy_versions v join shoal.strategies s on s.id = v.strategy_id where s.owner_id = $2::uuid)
      and not exists (select from shoal.strategy_versions o join shoal.strategies s on s.id = o.strategy_id where o.code_id = t.id and s.owner_id <> $2::uuid)`,
    ...{
      why: "sources of strategies that nobody else has deployed",
      shows: "t.id, t.language, t.source, t.created_at",
    },
  },
  {
    ...{ table: "shoal.strategy_secrets", column: "owner_id", fate: "delete", is: uuid("owner_id") },
    ...{ why: "keys of exchanges, sealed", shows: "t.name, t.created_at, t.updated_at" },
  },
  {
    ...{ table: "shoal.strategy_owners", column: "owner_id", fate: "delete", is: uuid("owner_id") },
    why: "share and limits of an owner of strategies",
    shows: "t.weight, t.strategy_limit, t.fuel_per_day, t.fuel_used, t.gone_at",
  },
  {
    ...{ table: "shoal.positions", column: "owner_id", fate: "delete", is: uuid("owner_id") },
    why: "positions that the app has written, with their alerts",
  },
  {
    ...{ table: "shoal.analytics_users", column: "user_id", fate: "delete", is: text("user_id") },
    why: "what the person traded, in sums; the sums of everybody stay",
  },
  {
    ...{
      table: "shoal.analytics_user_numbers",
      column: "user_id",
      fate: "anonymise",
      set: "user_id = null",
      is: text("user_id"),
    },
    why: "a number that says who was active on which day; the days stay, of nobody",
  },
  {
    ...{ table: "shoal.analytics_answers", column: "value", fate: "delete", shows: "t.version", isOfOthers: true },
    is: "exists (select from unnest($1::text[]) i where strpos(t.value, i) > 0 or strpos(t.key, i) > 0)",
    why: "answers to questions about trades, for an hour; they are made anew",
  },
];

const OWN_WORDS = "names and numbers of daemons and of the operator's work";
const FROM_THE_APP = "what the app or its operator puts in: which of it is of whom cannot be known";

/** Tables that keep nothing of a person as far as the daemon can know, and why. */
export const NOT_OF_PEOPLE: Readonly<Record<string, string>> = {
  "shoal.matches": "ids of matches and rooms, times and reasons",
  "shoal.reply_budgets": "a hash of day and person for two days, so that erasing oneself is no way around the limit",
  "shoal.reply_reservations": "names of those budgets, for a day at most",
  "shoal.replicas": OWN_WORDS,
  "shoal.budgets": OWN_WORDS,
  "shoal.budget_askers": OWN_WORDS,
  "shoal.schema_migrations": OWN_WORDS,
  "shoal.inngest_switch": OWN_WORDS,
  "shoal.job_schedules": FROM_THE_APP,
  "shoal.jobs": FROM_THE_APP,
  "shoal.jobs_archive": FROM_THE_APP,
  "shoal.job_outbox": "ids of jobs",
  "shoal.job_count_changes": "numbers",
  "shoal.job_dual_runs": FROM_THE_APP,
  "shoal.job_acts": "what operators did to all jobs of a kind; an actor is a word: api, console, cli",
  "shoal.job_audit": "what was done to jobs and matches; an actor is a word, and an erasure names a hash",
  "shoal.queue_dead_letters": "ids of messages",
  "shoal.calendar_events": FROM_THE_APP,
  "shoal.calendar_feed": OWN_WORDS,
  "shoal.risk_alerts": "alerts of positions, which go with them",
  "shoal.alert_deliveries": "hashes",
  "shoal.metric_samples": FROM_THE_APP,
  "shoal.market_candles": "prices",
  "shoal.market_candle_revisions": "prices",
  "shoal.analytics_state": OWN_WORDS,
  "shoal.analytics_totals": "sums of everybody",
  "shoal.analytics_assets": "sums of everybody",
  "shoal.analytics_active": "numbers, whose owners stand in analytics_user_numbers",
  "shoal.analytics_gauges": "numbers",
  "shoal.analytics_changes": OWN_WORDS,
  "shoal.analytics_own_days": "numbers",
};

/** Columns of the tables of the list that hold no person's id, or hold it beside the one that is named there and go with it. */
export const OTHER_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  "shoal.person_memories": ["bot_key", "facts"],
  "shoal.match_seats": ["match_id", "name", "ticket_id", "replica_id"],
  "shoal.match_tickets": ["id", "name", "source", "status", "match_id", "closed_reason", "attributes"],
  "shoal.hand_overs": ["match_id", "giver", "taker", "state", "memory"],
  "shoal.conversation_marks": ["match_id", "bot_id", "kind", "source", "seen_by"],
  "public.bot_control": ["id", "bot_id", "command", "payload", "outcome", "error"],
  "public.bot_deployments": ["bot_id", "kind", "name", "config", "desired", "status", "replica", "last_error"],
  "shoal.leases": ["holder"],
  "shoal.strategies": [
    ...[
      "id",
      "name",
      "code_id",
      "config",
      "cron",
      "zone",
      "venue",
      "market",
      "secret_name",
      "account",
      "filter",
      "status",
    ],
    "status_reason",
  ],
  "shoal.strategy_versions": ["code_id", "config", "idempotency_key", "request_sha256"],
  "shoal.strategy_clock": ["owner_id", "holder", "skipped_reason", "last_error"],
  "shoal.strategy_state": ["key", "value"],
  "shoal.strategy_books": ["book"],
  "shoal.strategy_runs": [
    "id",
    "code_id",
    "build_id",
    "outcome",
    "error",
    "image_hash",
    "journal",
    "logs",
    "notifications",
  ],
  "shoal.strategy_orders": [
    ...["id", "owner_id", "run_id", "venue", "symbol", "side", "type", "status", "reason", "exchange_id", "holder"],
    "last_error",
  ],
  "shoal.strategy_fills": ["id", "order_id", "symbol", "side", "fee_currency", "liquidity"],
  "shoal.strategy_positions": ["symbol"],
  "shoal.strategy_balances": ["currency"],
  "shoal.strategy_code": ["language", "source", "checked"],
  "shoal.strategy_secrets": ["name", "key_id", "nonce", "ciphertext", "refused_reason"],
  "shoal.positions": ["id", "bot_id", "symbol", "side", "close_reason"],
  "shoal.analytics_users": ["currency", "venue"],
  "shoal.analytics_answers": ["key", "version", "holder", "seen"],
};
