import type { CheckResult, JsonObject, Language } from "@shoal/strategy-runner";
import type {
  CodeBody,
  EquityPointBody,
  FillBody,
  HoldingsBody,
  LogLineBody,
  OrderBody,
  RunBody,
  StatusBody,
  StrategyBody,
  StrategyStatusName,
  VersionBody,
  WholeRunBody,
} from "./bodies.ts";

/** Who asks: a signed-in user has the strategies of that user; null, the operator, has all. */
export interface Asker {
  readonly userId: string | null;
}

/** When it runs: at each interval, or by cron in a zone. */
export type Timing =
  | { readonly kind: "interval" /** 1,000 to 2,678,400,000 */; readonly intervalMs: number }
  | { readonly kind: "cron"; readonly cron: string; readonly zone: string };

/** The money that a strategy is given, and what trading costs it. Decimal texts; what is left out is the default of the paper book. */
export interface AccountSettings {
  /** In which it counts its money: the quote of all its symbols. Default: that one. */
  readonly currency?: string;
  /** On paper. Default 10000. */
  readonly cash?: string;
  readonly makerFeeRatio?: string;
  readonly takerFeeRatio?: string;
  readonly slippageRatio?: string;
  readonly volumeRatio?: string;
  readonly isShortAllowed?: boolean;
}

/** When a due run may be skipped. All may be left out. */
export interface FilterSettings {
  /** Least time between an order and the next run. */
  readonly cooldownMs?: number;
  /** While nothing is held, runs are so far apart. */
  readonly lowFrequencyMs?: number;
  readonly onlyNewCandles?: boolean;
  /** `days`: 1 is Monday; `from`, `to`: `09:30`. */
  readonly marketHours?: {
    readonly zone: string;
    readonly days: readonly number[];
    readonly from: string;
    readonly to: string;
  };
  /** Runs anyway after so long. */
  readonly maxSkipMs?: number;
}

export interface DeployRequest {
  /** A new version of this one; default: of the owner's strategy with the name, or a new strategy. */
  readonly strategyId?: string;
  /** 1 to 128 characters. Default of a new strategy: one made of the source. */
  readonly name?: string;
  /** For the operator only: deploys for this user. */
  readonly ownerId?: string;
  readonly source: string;
  /** Default: TypeScript. */
  readonly language?: Language;
  /** Over the defaults of the source. Default: those of the version before, or none. */
  readonly config?: JsonObject;
  /** Required for a new strategy. In a new version this and the settings below stay as they were where they are left out. */
  readonly timing?: Timing;
  /** Default of a new strategy: `paper`. */
  readonly venue?: string;
  /** Default of a new strategy: that of the venue; on paper the daemon's. */
  readonly market?: string;
  readonly secretName?: string;
  readonly account?: AccountSettings;
  readonly filter?: FilterSettings;
  /** False: it stays stopped. Default: a new one runs, and one that the daemon has paused or quarantined; another keeps its status. */
  readonly start?: boolean;
  /** 1 to 256 characters: the same deploy, asked twice, is one. */
  readonly idempotencyKey?: string;
}

export interface Deployed {
  /** `created`: a new strategy. `updated`: a new version. `repeated`: this was asked before, and nothing has been changed. */
  readonly outcome: "created" | "updated" | "repeated";
  readonly strategy: StrategyBody;
}

/** What an owner may take. What is left out stays as it is. */
export interface OwnerLimits {
  /** 0.01 to 100, 1 at first: a share of time while there is too little. */
  readonly weight?: number;
  /** Null: as many strategies as the daemon allows everybody. */
  readonly strategyLimit?: number | null;
  /** Null: no limit. */
  readonly fuelPerDay?: number | null;
}

export interface Page<Cursor> {
  /** 1 to 1,000. */
  readonly limit: number;
  /** Goes on after this one, the last that was seen. */
  readonly before?: Cursor;
}

/** Of strategies; what is left out is not asked. */
export interface StrategyPage extends Page<string> {
  readonly ownerId?: string;
  readonly name?: string;
  /** Part of the name, in capitals or not, or the beginning of the id or of its owner's. */
  readonly search?: string;
  readonly status?: StrategyStatusName;
}

/** Of log lines; without `after` or `before` the newest. */
export interface LogsPage {
  /** 1 to 1,000. */
  readonly limit: number;
  /** Only lines after this one: for following. */
  readonly after?: LogPlace;
  /** Only lines before this one. */
  readonly before?: LogPlace;
  /** Only lines of this level, and of those that are more. Default: all. */
  readonly level?: "warn" | "error";
}

export interface OrdersPage extends Page<string> {
  /** Only those that may still be filled. */
  readonly isLive?: boolean;
}

/** Where a line is: in which run, and its number there. */
export interface LogPlace {
  readonly epoch: number;
  /** From 1; 0 is before all. */
  readonly number: number;
}

/**
 * Deploys strategies, changes what they are to do, and shows what they did. Every call throws `StrategyDeskError` for what the asker did wrong, and then
 * nothing was changed; otherwise it fails as `Sql.query` does. Whatever outdates a run under way makes that run place nothing.
 */
export interface StrategyDesk {
  deploy(asker: Asker, request: DeployRequest): Promise<Deployed>;
  /** Checks a source as a deploy does, and keeps nothing. Of the operator as many as of a user. */
  check(asker: Asker, request: Pick<DeployRequest, "source" | "language">): Promise<CheckResult>;
  /** Makes it run by its schedule; failures so far are forgotten. Idempotent. */
  start(asker: Asker, id: string): Promise<StatusBody>;
  /** Idempotent, as `pause` and `resume`. */
  stop(asker: Asker, id: string): Promise<StatusBody>;
  /** Holds a running strategy; a stopped one is refused. */
  pause(asker: Asker, id: string): Promise<StatusBody>;
  /** Lets a paused or quarantined strategy run again. */
  resume(asker: Asker, id: string): Promise<StatusBody>;
  /** Stops and starts it. */
  restart(asker: Asker, id: string): Promise<StatusBody>;
  /**
   * Makes it run now, also while it is stopped. While it runs already, once more afterwards. `askedAtMs`, by the database's clock: does nothing if a run has
   * begun since.
   */
  execute(asker: Asker, id: string, askedAtMs?: number): Promise<StatusBody>;
  /** Takes the place of the settings it had. */
  updateConfig(asker: Asker, id: string, config: JsonObject): Promise<StrategyBody>;
  /** Deploys a version anew, with its settings. Default: the one before. */
  rollback(asker: Asker, id: string, version?: number): Promise<StrategyBody>;
  /** Forgets it with all that it did. */
  remove(asker: Asker, id: string): Promise<void>;
  /** Lists by id, the largest first. */
  list(asker: Asker, page: StrategyPage): Promise<StatusBody[]>;
  get(asker: Asker, id: string): Promise<StrategyBody>;
  status(asker: Asker, id: string): Promise<StatusBody>;
  /** Newest first. */
  versions(asker: Asker, id: string, page: Page<number>): Promise<VersionBody[]>;
  /** Default: the version that runs. */
  code(asker: Asker, id: string, version?: number): Promise<CodeBody>;
  /** Newest first, by epoch. */
  runs(asker: Asker, id: string, page: Page<number>): Promise<RunBody[]>;
  run(asker: Asker, runId: string): Promise<WholeRunBody>;
  /** Oldest line first. */
  logs(asker: Asker, id: string, page: LogsPage): Promise<LogLineBody[]>;
  /** Newest first. `before`: id of an order or fill. */
  orders(asker: Asker, id: string, page: OrdersPage): Promise<OrderBody[]>;
  fills(asker: Asker, id: string, page: Page<string>): Promise<FillBody[]>;
  positions(asker: Asker, id: string): Promise<HoldingsBody>;
  /** Newest first. `before`: an ISO time. */
  equity(asker: Asker, id: string, page: Page<string>): Promise<EquityPointBody[]>;
  /** Cancels an open order, on paper at once. An order that is over stays as it is. */
  cancelOrder(asker: Asker, orderId: string): Promise<OrderBody>;
  /** Cancels the open orders of a symbol, or of all, and orders at market what closes its positions; the ids of these orders. `key` makes it idempotent. */
  close(asker: Asker, id: string, options: { readonly symbol?: string; readonly key: string }): Promise<string[]>;
  /** Of all owners, for `GET /health`. */
  activeCount(): Promise<number>;
}
