import { createChecks } from "./checks.ts";
import { command, configure, remove, rollback, type StrategyCommand } from "./commands.ts";
import { createDeploy, type DeployOptions, storable } from "./deploy.ts";
import { createOrderDesk } from "./order-desk.ts";
import { createStrategyReads } from "./reads.ts";
import { OPERATOR_ID } from "./sql.ts";
import type { Asker, StrategyDesk } from "./strategy-desk.types.ts";

/** Creates the desk. Holds nothing but the deploys under way: several may work on one database. */
export function createStrategyDesk(options: DeployOptions): StrategyDesk {
  const { database } = options;
  const withCheck = createChecks(options);
  const deploy = createDeploy(options, withCheck);
  const reads = createStrategyReads(database);
  const { get, status } = reads;
  const told = (name: StrategyCommand) => async (asker: Asker, id: string, askedAtMs?: number) => {
    await command(database, asker, id, name, askedAtMs);
    return status(asker, id);
  };
  return {
    ...reads,
    ...createOrderDesk(database),
    // The operator as well: who writes in an editor asks at each stop.
    check: ({ userId }, { source, language = "typescript" }) =>
      withCheck(userId ?? OPERATOR_ID, async (check) => storable(await check(source, language))),
    async deploy(asker, request) {
      const { outcome, strategyId, version } = await deploy(asker, request);
      const strategy = await get(asker, strategyId);
      if (strategy.version === version) return { outcome, strategy };
      // Deployed again since: the answer is about the deploy that was asked for.
      const { code_id, config } = await reads.code(asker, strategyId, version);
      return { outcome, strategy: { ...strategy, version, code_id, config } };
    },
    start: told("start"),
    stop: told("stop"),
    pause: told("pause"),
    resume: told("resume"),
    restart: told("restart"),
    execute: told("execute"),
    async updateConfig(asker, id, config) {
      await configure(database, asker, id, config);
      return get(asker, id);
    },
    async rollback(asker, id, version) {
      await rollback(database, asker, id, version);
      return get(asker, id);
    },
    remove: (asker, id) => remove(database, asker, id),
  };
}
