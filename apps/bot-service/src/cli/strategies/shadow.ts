import type { CheckedCode, JsonObject } from "@shoal/strategy-runner";
import { decodeJwt } from "jose";
import { z } from "zod";
import { type RunBody, runBody, type StatusBody, strategyBody } from "../../strategies/desk/bodies.ts";
import { type ShadowRun, shadowRun } from "../../strategies/replay/shadow.ts";
import type { Progress } from "../backtest/progress.ts";
import type { Sandbox } from "../backtest/sandbox.ts";
import type { DeployCommand } from "./command.types.ts";
import { type DeskClient, pathOf, strategies } from "./desk-client.ts";
import { StrategiesError } from "./errors.ts";
import { getKeptRun } from "./run-inputs.ts";

/** A kept run of the strategy, and what the new code would have done in it. */
export interface ShadowedRun {
  readonly run: Pick<RunBody, "id" | "started_at" | "outcome">;
  /** `gone`: what came into it is no longer kept. */
  readonly shadow: ShadowRun | { readonly kind: "gone" };
}

export interface Shadow {
  readonly strategy: Pick<StatusBody, "strategy_id" | "name" | "owner_id" | "version">;
  /** The settings that the deploy would give it: the owner's over the defaults of the new code. */
  readonly config: JsonObject;
  readonly sinceMs: number;
  /** Oldest first. */
  readonly runs: readonly ShadowedRun[];
  /** Runs before these that are no longer kept; 0 where those before these are too old to be asked for. */
  readonly forgottenCount: number;
}

interface Outside {
  readonly desk: DeskClient;
  /** Says whose strategies they are. */
  readonly token: string | undefined;
  readonly sandbox: Pick<Sandbox, "runner">;
  readonly nowMs: number;
  readonly progress: Progress;
}

const PAGE = 100;
const runsBody = z.object({ runs: z.array(runBody) });

/**
 * Reruns what a strategy did in the last time with other code.
 * @throws CLI_STRATEGY_UNKNOWN there is none of that name, which could have run
 */
export async function shadowDeploy(
  deploy: DeployCommand,
  shadowMs: number,
  code: CheckedCode,
  outside: Outside,
): Promise<Shadow> {
  const { desk, sandbox, nowMs, progress } = outside;
  const strategy = await strategyOf(deploy, outside);
  const sinceMs = nowMs - shadowMs;
  const { kept, isAll } = await runsSince(desk, strategy.strategy_id, sinceMs);
  const config = await settingsOf(deploy, strategy, desk);
  const runs: ShadowedRun[] = [];
  for (const run of kept) {
    const inputs = run.has_journal ? await getKeptRun(desk, run.id, code.needs.candles) : undefined;
    const given = inputs && { runner: sandbox.runner, code, config, candles: inputs.candles };
    runs.push({ run, shadow: given ? await shadowRun(inputs.journal, given) : { kind: "gone" } });
    progress.show(runs.length, kept.length, "runs");
  }
  const forgottenCount = isAll ? Math.max(0, strategy.stats.total_executions - kept.length) : 0;
  return { strategy, config: { ...code.config, ...config }, sinceMs, runs, forgottenCount };
}

/** The owner's settings after the deploy: those given with it, else those that the strategy has. */
async function settingsOf(
  { config }: DeployCommand,
  { strategy_id }: StatusBody,
  desk: DeskClient,
): Promise<JsonObject> {
  if (config !== undefined) return config;
  const { view } = await desk.ask(strategyBody, { path: `/strategies/${strategy_id}` });
  // Read from JSON, and kept by the daemon as such.
  return view.config as JsonObject;
}

/** The strategy that a deploy would make a version of: names are an owner's. */
async function strategyOf({ name, ownerId }: DeployCommand, { desk, token }: Outside): Promise<StatusBody> {
  const owner = ownerId ?? userOf(token);
  const path = pathOf("/strategies", { name, owner_id: owner ?? undefined });
  const { view } = await desk.ask(strategies, { path });
  const found = view.strategies.find(({ owner_id }) => owner_id === owner);
  if (found) return found;
  const message = `there is no strategy with the name ${name} that could have run; deploy it without --shadow`;
  throw new StrategiesError("CLI_STRATEGY_UNKNOWN", message);
}

/** The user whose access token this is; null: it is the daemon's own token. */
function userOf(token: string | undefined): string | null {
  try {
    return decodeJwt(token ?? "").sub ?? null;
  } catch {
    return null;
  }
}

/** The kept runs since then, oldest first, and whether there are no older ones. */
async function runsSince(desk: DeskClient, id: string, sinceMs: number) {
  const all: RunBody[] = [];
  for (;;) {
    const before = all.at(-1)?.epoch;
    const path = pathOf(`/strategies/${id}/runs`, { limit: PAGE, before });
    const { runs } = (await desk.ask(runsBody, { path })).view;
    const recent = runs.filter(({ started_at }) => Date.parse(started_at) >= sinceMs);
    all.push(...recent);
    if (recent.length < runs.length) return { kept: all.toReversed(), isAll: false };
    if (runs.length < PAGE) return { kept: all.toReversed(), isAll: true };
  }
}

/** How the runs of a shadow went. */
export interface ShadowTotals {
  readonly runCount: number;
  /** With the same orders. */
  readonly sameCount: number;
  readonly otherCount: number;
  /** In which the new code failed. */
  readonly failedCount: number;
  readonly goneCount: number;
  readonly impossibleCount: number;
  /** In which the new code saw fewer candles than it wants. */
  readonly shortCount: number;
  readonly orders: Readonly<Record<"equal" | "onlyOld" | "onlyNew" | "changed", number>>;
}

export function totalsOf(runs: readonly ShadowedRun[]): ShadowTotals {
  const compared = runs.flatMap(({ shadow }) => (shadow.kind === "compared" ? [shadow] : []));
  const count = (kind: "gone" | "impossible") => runs.filter(({ shadow }) => shadow.kind === kind).length;
  const sum = (of: (shadow: (typeof compared)[number]) => number) => compared.reduce((all, each) => all + of(each), 0);
  const failedCount = compared.filter(({ error }) => error !== null).length;
  const sameCount = compared.filter((each) => each.error === null && isSame(each)).length;
  return {
    runCount: runs.length,
    ...{ sameCount, failedCount, otherCount: compared.length - sameCount - failedCount },
    ...{ goneCount: count("gone"), impossibleCount: count("impossible") },
    shortCount: compared.filter(({ short }) => short.length > 0).length,
    orders: {
      equal: sum(({ equalCount }) => equalCount),
      onlyOld: sum(({ onlyOld }) => onlyOld.length),
      onlyNew: sum(({ onlyNew }) => onlyNew.length),
      changed: sum(({ changed }) => changed.length),
    },
  };
}

export function isSame({ onlyOld, onlyNew, changed }: Extract<ShadowRun, { readonly kind: "compared" }>): boolean {
  return onlyOld.length + onlyNew.length + changed.length === 0;
}
