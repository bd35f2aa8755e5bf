import { command, configure, remove, rollback } from "./commands.ts";
import { createDeploy, type DeployOptions } from "./deploy.ts";
import { createOrderDesk } from "./order-desk.ts";
import { createStrategyReads } from "./reads.ts";
import type { StrategyDesk } from "./strategy-desk.types.ts";

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
