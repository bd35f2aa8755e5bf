import { isUuid } from "@shoal/kernel";
import { ask, command, refusal } from "./commands.ts";
import { createDeploy, type DeployOptions, requireConfig } from "./deploy.ts";
import { changedTooOften, invalid, unknown } from "./errors.ts";
import { createOrderDesk } from "./order-desk.ts";
import { createStrategyReads } from "./reads.ts";
import type { StrategyDesk } from "./strategy-desk.types.ts";

/** Of a version, for the column. */
const MOST_VERSION = 2 ** 31 - 1;

/** Creates the desk. Holds nothing but the deploys under way: several may work on one database. */
export function createStrategyDesk(options: DeployOptions): StrategyDesk {
  const { database } = options;
  const deploy = createDeploy(options);
  const reads = createStrategyReads(database);
  const { get, status } = reads;
  return {
    ...reads,
    ...createOrderDesk(database),
    async deploy(asker, request) {
      const { outcome, strategyId, version } = await deploy(asker, request);
      const strategy = await get(asker, strategyId);
      if (strategy.version === version) return { outcome, strategy };
      // Deployed again since: the answer is about the deploy that was asked for.
      const { code_id, config } = await reads.code(asker, strategyId, version);
      return { outcome, strategy: { ...strategy, version, code_id, config } };
    },
    async start(asker, id) {
      await command(database, asker, id, "start");
      return status(asker, id);
    },
    async stop(asker, id) {
      await command(database, asker, id, "stop");
      return status(asker, id);
    },
    async pause(asker, id) {
      await command(database, asker, id, "pause");
      return status(asker, id);
    },
    async resume(asker, id) {
      await command(database, asker, id, "resume");
      return status(asker, id);
    },
    async restart(asker, id) {
      await command(database, asker, id, "restart");
      return status(asker, id);
    },
    async execute(asker, id, askedAtMs) {
      await command(database, asker, id, "execute", askedAtMs ?? null);
      return status(asker, id);
    },
    async updateConfig(asker, id, config) {
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        const { version, code_id: codeId } = await get(asker, id);
        const [code] = await database.query<{ config: Record<string, never> }>(CODE_CONFIG_SQL, [codeId]);
        requireConfig(config, { config: code?.config ?? {} });
        const params = [id, asker.userId, version, JSON.stringify(config)];
        const answer = await ask(database, CONFIGURE_SQL, params);
        if (answer === "done") return get(asker, id);
        if (answer !== "changed") throw refusal(answer, "config");
      }
      throw changedTooOften();
    },
    async rollback(asker, id, version) {
      if (!isUuid(id)) throw unknown("strategy");
      if (version !== undefined && !(Number.isInteger(version) && version >= 1 && version <= MOST_VERSION)) {
        throw invalid("version", "must be a whole number above 0");
      }
      const answer = await ask(database, ROLLBACK_SQL, [id, asker.userId, version ?? null, asker.userId]);
      if (answer === "done") return get(asker, id);
      throw answer === "changed" ? changedTooOften() : refusal(answer, "rollback");
    },
    async remove(asker, id) {
      if (!isUuid(id)) throw unknown("strategy");
      const answer = await ask(database, "select shoal.strategy_remove($1::uuid, $2::uuid) as answer", [
        id,
        asker.userId,
      ]);
      if (answer !== "done") throw answer === "changed" ? changedTooOften() : refusal(answer, "remove");
    },
  };
}

const CODE_CONFIG_SQL = "select checked -> 'config' as config from shoal.strategy_code where id = $1";
const CONFIGURE_SQL = "select shoal.strategy_configure($1::uuid, $2::uuid, $3::int, ($4::text)::jsonb) as answer";
const ROLLBACK_SQL = "select shoal.strategy_rollback($1::uuid, $2::uuid, $3::int, $4::uuid) as answer";
