import type { Clock, Log, LogFields } from "@shoal/kernel";
import { createLimitedLines, type LimitedLines } from "../../limited-lines.ts";
import type { SecretStore } from "../secrets/secret-store.ts";
import type { OwnerDesk } from "./owners.ts";
import type { Asker, StrategyDesk } from "./strategy-desk.types.ts";

const MORE = "more changes of this user came within a minute";

/**
 * Writes a line for each change that somebody has asked for: who, which strategy, what. Never code, settings or values. Only the first changes
 * of a user, and of one owner's keys, within a minute have a line, because a user may ask as often as it likes; of the operator's changes each has.
 */
export function createChangeLog({ log, clock }: { readonly log: Log; readonly clock: Clock }) {
  const lines = createLimitedLines({ log, clock, level: "info", more: MORE });
  const write = (userId: string | null, fields: LogFields, message: string) => {
    if (userId === null) log.info({ asked_by: "operator", ...fields }, message);
    else lines.add({ asked_by: userId }, fields, message);
  };
  return {
    desk: (desk: StrategyDesk) => ({ ...desk, ...loggedDesk(desk, write) }),
    owners: (desk: OwnerDesk): OwnerDesk => ({
      ...desk,
      async setOwner(ownerId, limits) {
        const owner = await desk.setOwner(ownerId, limits);
        const { owner_id, weight, strategy_limit, fuel_per_day } = owner;
        write(null, { owner_id, weight, strategy_limit, fuel_per_day }, "an owner of strategies has other limits");
        return owner;
      },
    }),
    secrets: <Store extends Pick<SecretStore, "put" | "remove">>(store: Store): Store => ({
      ...store,
      ...loggedSecrets(store, lines),
    }),
    /** Leaves no timer. */
    close: lines.close,
  };
}

type Write = (userId: string | null, fields: LogFields, message: string) => void;

const DEPLOYED = {
  created: "a strategy was deployed",
  updated: "a strategy was deployed anew: its next run has the new code",
  repeated: null,
} as const;

function loggedDesk(desk: StrategyDesk, write: Write) {
  const told =
    (name: "start" | "stop" | "pause" | "resume" | "restart", message: string) => async (asker: Asker, id: string) => {
      const status = await desk[name](asker, id);
      write(asker.userId, { strategy_id: status.strategy_id, status: status.status }, message);
      return status;
    };
  return {
    async deploy(asker, request) {
      const deployed = await desk.deploy(asker, request);
      const { strategy_id, owner_id, version, venue, status } = deployed.strategy;
      const message = DEPLOYED[deployed.outcome];
      if (message !== null) write(asker.userId, { strategy_id, owner_id, version, venue, status }, message);
      return deployed;
    },
    start: told("start", "a strategy was started"),
    stop: told("stop", "a strategy was stopped: a run under way places nothing"),
    pause: told("pause", "a strategy was paused"),
    resume: told("resume", "a strategy was resumed"),
    restart: told("restart", "a strategy was restarted"),
    async updateConfig(asker, id, config) {
      const strategy = await desk.updateConfig(asker, id, config);
      write(asker.userId, { strategy_id: strategy.strategy_id }, "a strategy has new settings");
      return strategy;
    },
    async rollback(asker, id, version) {
      const strategy = await desk.rollback(asker, id, version);
      const fields = { strategy_id: strategy.strategy_id, version: strategy.version, to_version: version ?? null };
      write(asker.userId, fields, "a strategy was rolled back: an earlier version is deployed anew");
      return strategy;
    },
    async remove(asker, id) {
      await desk.remove(asker, id);
      write(asker.userId, { strategy_id: id }, "a strategy was deleted, with all that it did");
    },
    async close(asker, id, options) {
      const orderIds = await desk.close(asker, id, options);
      const message =
        "what a strategy holds was asked to be closed: its open orders are cancelled, its positions ordered back at market";
      write(asker.userId, { strategy_id: id, orders: orderIds.length }, message);
      return orderIds;
    },
    async cancelOrder(asker, orderId) {
      const order = await desk.cancelOrder(asker, orderId);
      const { strategy_id, venue, status } = order;
      write(asker.userId, { order_id: order.id, strategy_id, venue, status }, "an order was asked to be cancelled");
      return order;
    },
  } satisfies Partial<StrategyDesk>;
}

/** Without the name, which is the owner's own text and may be anything. */
function loggedSecrets(store: Pick<SecretStore, "put" | "remove">, lines: LimitedLines) {
  return {
    async put(ownerId, name, value) {
      await store.put(ownerId, name, value);
      lines.add({ owner_id: ownerId }, {}, "keys of an exchange were written");
    },
    async remove(ownerId, name) {
      await store.remove(ownerId, name);
      lines.add({ owner_id: ownerId }, {}, "keys of an exchange were deleted");
    },
  } satisfies Partial<SecretStore>;
}
