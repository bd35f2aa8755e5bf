import { createHash } from "node:crypto";
import { type Clock, isStorableJson, isUuid } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import type { CheckedCode, CheckResult, JsonObject, Language } from "@shoal/strategy-runner";
import type { InstrumentText } from "@shoal/trading";
import type { Check, WithCheck } from "./checks.ts";
import { orConfigRefused, requireConfig } from "./config.ts";
import { changedTooOften, invalid, ownerGone, StrategyDeskError, unknown } from "./errors.ts";
import { type Account, firstBook, type Markets } from "./first-book.ts";
import { OPERATOR_ID } from "./sql.ts";
import type { AccountSettings, Asker, DeployRequest, FilterSettings, Timing } from "./strategy-desk.types.ts";
import { firstTick } from "./timing.ts";

export interface DeployOptions {
  readonly database: Pick<Database, "query">;
  readonly clock: Clock;
  readonly check: Check;
  readonly markets: Markets;
  /** Of what names no market, on paper. */
  readonly defaultMarket: string;
  /** Strategies that an owner may have, if nothing else is said of that owner; the operator may have any number. */
  readonly perOwnerCount: number;
  /** Whether secrets can be kept: without, there are no venues but paper. */
  readonly hasSecrets: boolean;
}

/** What a deploy wrote, or had written. */
export interface DeployOutcome {
  readonly outcome: "created" | "updated" | "repeated";
  readonly strategyId: string;
  readonly version: number;
}

/** The strategy that is deployed anew, and what is known of its owner. */
interface Target {
  /** The deploy that came with this key before. */
  readonly earlier_id: string | null;
  readonly earlier_version: number | null;
  readonly earlier_sha256: string | null;
  readonly is_full: boolean;
  readonly has_secret: boolean;
  /** What checkStrategy made of this very source. */
  readonly checked: CheckedCode | null;
  readonly now_ms: number;
  /** Null: there is no such strategy. */
  readonly id: string | null;
  readonly version: number;
  readonly name: string;
  readonly config: JsonObject;
  readonly interval_ms: number | null;
  readonly cron: string | null;
  readonly zone: string;
  readonly venue: string;
  readonly market: string;
  readonly secret_name: string | null;
  readonly account: Account;
  readonly filter: FilterSettings;
  readonly instruments: readonly InstrumentText[];
}

/** One read for all that a deploy is judged by. What it decides is decided again where it is written, under the lock of the owner. */
const TARGET_SQL = statement(
  "strategy_deploy_target",
  `
select earlier.*, s.id, s.version, s.name, s.config, s.interval_ms::float8 as interval_ms, s.cron, s.zone, s.venue, s.market,
  s.secret_name, s.account, s.filter, b.book -> 'instruments' as instruments, k.checked,
  extract(epoch from clock_timestamp())::float8 * 1000 as now_ms,
  coalesce((select count(*) from shoal.strategies t where t.owner_id = $1::uuid) >= coalesce(
    (select o.strategy_limit from shoal.strategy_owners o where o.owner_id = $1::uuid), $6::int), false) as is_full,
  exists (
    select from shoal.strategy_secrets x where x.owner_id = $1::uuid and x.name = coalesce($7::text, s.secret_name)
  ) as has_secret
from (select 1) as always
left join lateral (
  select v.strategy_id as earlier_id, v.version as earlier_version, v.request_sha256 as earlier_sha256
  from shoal.strategy_versions v join shoal.strategies t on t.id = v.strategy_id
  where v.idempotency_key = $4::text and t.owner_id = $1::uuid limit 1
) as earlier on true
left join shoal.strategies s
  on s.owner_id = $1::uuid and case when $2::uuid is null then s.name = $3::text else s.id = $2::uuid end
left join shoal.strategy_books b on b.strategy_id = s.id
left join shoal.strategy_code k on k.id = $5::text`,
);

const WRITE_SQL = statement(
  "strategy_deploy",
  "select outcome, strategy_id, version from shoal.strategy_deploy(($1::text)::jsonb)",
);

type Refused = "changed" | "conflict" | "gone" | "limit" | "name_taken";

interface WrittenRow {
  readonly outcome: DeployOutcome["outcome"] | Refused;
  readonly strategy_id: string;
  readonly version: number;
}

/** Deploys of the same strategy that may come in between; each try is two statements. */
const MOST_TRIES = 100;

/** Makes the function that deploys: checks the source outside of any transaction, then writes in one statement. */
export function createDeploy(
  options: DeployOptions,
  withCheck: WithCheck,
): (asker: Asker, request: DeployRequest) => Promise<DeployOutcome> {
  return async (asker, request) => {
    const ownerId = await ownerIdOf(asker, request, options.database);
    return withCheck(asker.userId, (check) => deploy({ ...options, check }, asker, ownerId, request));
  };
}

async function ownerIdOf(
  { userId }: Asker,
  { ownerId, strategyId }: DeployRequest,
  database: DeployOptions["database"],
): Promise<string> {
  if (strategyId !== undefined && !isUuid(strategyId)) throw unknown("strategy");
  if (ownerId !== undefined && !isUuid(ownerId)) throw invalid("owner_id", "must be a UUID");
  if (userId !== null) {
    if (ownerId === undefined || ownerId.toLowerCase() === userId) return userId;
    throw invalid("owner_id", "a signed-in user deploys for nobody else; leave it out");
  }
  if (strategyId === undefined) return ownerId?.toLowerCase() ?? OPERATOR_ID;
  const [row] = await database.query<{ owner_id: string }>(
    statement(
      "strategy_owner",
      "select owner_id from shoal.strategies where id = $1::uuid and ($2::uuid is null or owner_id = $2::uuid)",
    ),
    [strategyId, ownerId ?? null],
  );
  if (!row) throw unknown("strategy");
  return row.owner_id;
}

async function deploy(
  options: DeployOptions,
  asker: Asker,
  ownerId: string,
  given: DeployRequest,
): Promise<DeployOutcome> {
  const { language = "typescript", source, idempotencyKey = null } = given;
  const codeId = sha256(`${language}\n${source}`);
  // The same source without a name is the same strategy.
  const isNameless = given.name === undefined && given.strategyId === undefined;
  const request = isNameless ? { ...given, name: `strategy-${codeId.slice(0, 8)}` } : given;
  const requestSha256 = sha256(JSON.stringify({ ...request, ownerId }));
  let code: CheckedCode | undefined;
  for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
    const target = await readTarget(options, ownerId, request, codeId);
    const earlier = repeated(target, requestSha256);
    if (earlier) return earlier;
    if (target.id === null && request.strategyId !== undefined) throw unknown("strategy");
    if (target.id === null && target.is_full) throw refusal("limit");
    const settings = settingsOf(options, request, target);
    const nextAt = firstTick(settings.timing, target.now_ms);
    code ??= target.checked ?? (await checkedCode(options, source, language));
    requireConfig(settings.config, code);
    const { account, book } = await bookOf(options, settings, code, target);
    const { timing, ...columns } = settings;
    const wanted = JSON.stringify({
      ...{ owner_id: ownerId, strategy_id: request.strategyId, ...columns, account, book },
      expected_version: target.id === null ? null : target.version,
      code: { id: codeId, language, source, checked: code },
      ...columnsOf(timing),
      next_at: nextAt,
      ...{ start: request.start, key: idempotencyKey, request_sha256: requestSha256, deployed_by: asker.userId },
      limit: limitOf(options, ownerId),
    });
    const [written] = await options.database.query<WrittenRow>(WRITE_SQL, [wanted]).catch(orConfigRefused);
    if (!written) break;
    const { outcome, strategy_id: strategyId, version } = written;
    if (outcome === "created" || outcome === "updated" || outcome === "repeated") {
      return { outcome, strategyId, version };
    }
    if (outcome !== "changed") throw refusal(outcome);
  }
  throw changedTooOften();
}

const limitOf = ({ perOwnerCount }: DeployOptions, ownerId: string) => (ownerId === OPERATOR_ID ? null : perOwnerCount);

async function readTarget(options: DeployOptions, ownerId: string, request: DeployRequest, codeId: string) {
  const { strategyId = null, name = null, idempotencyKey = null, secretName = null } = request;
  const params = [ownerId, strategyId, name, idempotencyKey, codeId, limitOf(options, ownerId), secretName];
  const [target] = await options.database.query<Target>(TARGET_SQL, params);
  if (!target) throw changedTooOften();
  return target;
}

function repeated(target: Target, requestSha256: string): DeployOutcome | undefined {
  if (target.earlier_id === null || target.earlier_version === null) return undefined;
  if (target.earlier_sha256 !== requestSha256) throw refusal("conflict");
  return { outcome: "repeated", strategyId: target.earlier_id, version: target.earlier_version };
}

/** All that is deployed but the code: what the request says, or what was said before. */
function settingsOf({ markets, defaultMarket, hasSecrets }: DeployOptions, request: DeployRequest, target: Target) {
  const isNew = target.id === null;
  const name = request.name ?? target.name;
  const venue = request.venue ?? (isNew ? "paper" : target.venue);
  const market = request.market ?? (isNew ? (venue === "paper" ? defaultMarket : venue) : target.market);
  if (isNew) requireKnown(markets, venue, market);
  else requireSame({ venue, market, account: request.account ?? {} }, target);
  return {
    ...{ name, venue, market },
    secret_name: secretNameOf(venue, request, target, hasSecrets),
    timing: timingOf(request.timing, target),
    config: request.config ?? (isNew ? {} : target.config),
    account: isNew ? (request.account ?? {}) : target.account,
    filter: request.filter ?? (isNew ? {} : target.filter),
  };
}

function requireKnown(markets: Markets, venue: string, market: string): void {
  const oneOf = (ids: Iterable<string>) => `must be one of ${[...ids].join(", ")}`;
  if (venue !== "paper" && !markets.exchangeIds.has(venue)) {
    throw invalid("venue", oneOf(["paper", ...markets.exchangeIds]), "STRATEGY_VENUE_UNKNOWN");
  }
  if (!markets.ids.has(market)) throw invalid("market", oneOf(markets.ids), "STRATEGY_MARKET_UNKNOWN");
  if (venue !== "paper" && market !== venue) {
    throw invalid("market", "must be that of the venue, whose prices its orders meet", "STRATEGY_MARKET_UNKNOWN");
  }
}

function requireSame(given: Pick<Target, "venue" | "market"> & { account: AccountSettings }, target: Target): void {
  const own: Readonly<Record<string, unknown>> = target.account;
  const [changed] =
    Object.entries(given.account).find(([key, value]) => value !== undefined && own[key] !== value) ?? [];
  const field =
    given.venue !== target.venue
      ? "venue"
      : given.market !== target.market
        ? "market"
        : changed && `account.${changed}`;
  if (field === undefined) return;
  throw invalid(field, "stays as it was first deployed; deploy under another name to begin anew", "STRATEGY_FIXED");
}

function secretNameOf(
  venue: string,
  { secretName }: DeployRequest,
  target: Target,
  hasSecrets: boolean,
): string | null {
  if (venue === "paper") {
    if (secretName === undefined) return null;
    throw invalid("secret", "is for venues other than paper; leave it out");
  }
  const missing = (words: string) => invalid("secret", words, "STRATEGY_SECRET_MISSING");
  if (!hasSecrets) throw missing("cannot be opened here, because ENCRYPTION_KEY is not set; only paper can be traded");
  const name = secretName ?? target.secret_name;
  if (name === null) throw missing("is missing; it must be the name of a secret with the keys of the exchange");
  if (!target.has_secret) throw missing("there is none of this name; put it by PUT /strategies/secrets");
  return name;
}

function timingOf(given: Timing | undefined, { interval_ms: intervalMs, cron, zone }: Target): Timing {
  if (given) return given;
  if (intervalMs !== null) return { kind: "interval", intervalMs };
  if (cron !== null) return { kind: "cron", cron, zone };
  throw invalid("executionInterval", "is missing; give it, in seconds, or cron", "STRATEGY_SCHEDULE_INVALID");
}

function columnsOf(timing: Timing) {
  return timing.kind === "interval"
    ? { interval_ms: timing.intervalMs, cron: null, zone: "UTC" }
    : { interval_ms: null, cron: timing.cron, zone: timing.zone };
}

async function checkedCode({ check }: DeployOptions, source: string, language: Language): Promise<CheckedCode> {
  const checked = storable(await check(source, language));
  if (checked.ok) return checked.code;
  const { diagnostics } = checked;
  const [first] = diagnostics;
  const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : "";
  throw new StrategyDeskError(
    "STRATEGY_CODE_INVALID",
    `code: line ${first?.line}, column ${first?.column}: ${first?.message}${more}`,
    { details: { field: "code", diagnostics } },
  );
}

/** Refuses a source of which the database could not keep what it exports. */
export function storable(checked: CheckResult): CheckResult {
  if (!checked.ok || isStorableJson(JSON.stringify(checked.code))) return checked;
  const code = "STRATEGY_CONFIG_INVALID";
  const message = "`config` or `needs` has a character that is none: U+0000, or half of a surrogate pair.";
  return { ok: false, diagnostics: [{ code, message, line: 1, column: 1, severity: "error" }] };
}

async function bookOf(
  { markets }: DeployOptions,
  { account, market }: { readonly account: AccountSettings; readonly market: string },
  { needs }: CheckedCode,
  target: Target,
) {
  const symbols = [...new Set(needs.candles.map(({ symbol }) => symbol))];
  const had = target.id === null ? [] : target.instruments;
  const fresh = symbols.filter((symbol) => !had.some((instrument) => instrument.symbol === symbol));
  const found = fresh.length === 0 ? [] : await markets.instruments(market, fresh);
  const missing = fresh.find((symbol) => !found.some((instrument) => instrument.symbol === symbol));
  if (missing !== undefined) {
    const words = `${market} has no ${missing}; symbols are written BASE/QUOTE, such as BTC/USDT`;
    throw invalid("needs", words, "STRATEGY_NEEDS_IMPOSSIBLE");
  }
  return firstBook(account, [...had, ...found]);
}

function refusal(refused: Exclude<Refused, "changed">): StrategyDeskError {
  switch (refused) {
    case "conflict":
      return new StrategyDeskError(
        "STRATEGY_IDEMPOTENCY_CONFLICT",
        "Idempotency-Key: it came before with another request. Nothing was changed; take a new key for a new deploy.",
        { details: { field: "idempotency-key" } },
      );
    case "gone":
      return ownerGone();
    case "limit":
      return new StrategyDeskError(
        "STRATEGY_LIMIT",
        "The owner has as many strategies as may be; delete one first, or ask the operator for more.",
      );
    case "name_taken":
      return invalid("name", "another strategy of the owner has it", "STRATEGY_NAME_TAKEN");
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
