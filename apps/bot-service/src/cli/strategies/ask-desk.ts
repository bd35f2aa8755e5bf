import { unreachable } from "@shoal/kernel";
import { z } from "zod";
import {
  holdingsBody,
  orderBody,
  ownerBody,
  runBody,
  statusBody,
  strategyBody,
  versionBody,
  wholeRunBody,
} from "../../strategies/desk/bodies.ts";
import { OPERATOR_ID } from "../../strategies/desk/sql.ts";
import type { Answer } from "../answer.ts";
import type { DeskCommand } from "./command.types.ts";
import { type Answered, type DeskClient, pathOf, strategies } from "./desk-client.ts";
import {
  drawHoldings,
  drawOrders,
  drawOutcome,
  drawOwners,
  drawRuns,
  drawStrategies,
  drawStrategy,
  drawVersions,
  drawWholeRun,
  type Width,
} from "./desk-view.ts";

const OWNERS_PATH = "/strategies/owners";
const owners = z.object({ owners: z.array(ownerBody) });
const deleted = z.object({ strategy_id: z.string() });
const versions = z.object({ versions: z.array(versionBody) });
const runs = z.object({ runs: z.array(runBody) });
const orders = z.object({ orders: z.array(orderBody) });

/** Carries out a command that is one question to the daemon. */
export async function askDesk(command: DeskCommand, desk: DeskClient, width: Width): Promise<Answer> {
  switch (command.kind) {
    case "list": {
      const { status, ownerId, limit, before } = command;
      const path = pathOf("/strategies", { status, owner_id: ownerId, limit, before });
      return show(await desk.ask(strategies, { path }), (view) => drawStrategies(view.strategies, width));
    }
    case "show":
      return show(await desk.ask(wholeRunBody, { path: `/strategies/runs/${command.runId}` }), drawWholeRun);
    case "rollback": {
      const path = `/strategies/${await desk.idOf(command.strategy)}/rollback`;
      const body = command.version === undefined ? {} : { version: command.version };
      return show(await desk.ask(strategyBody, { method: "POST", path, body }), drawOutcome);
    }
    case "owners": {
      const { limit, before } = command;
      const asked = await desk.ask(owners, { path: pathOf(OWNERS_PATH, { limit, before }) });
      return show(asked, (view) => drawOwners(view.owners, width));
    }
    case "owner": {
      const { ownerId, weight, strategyLimit, fuelPerDay } = command;
      const path = `${OWNERS_PATH}/${ownerId ?? OPERATOR_ID}`;
      const body = { weight, strategy_limit: strategyLimit, fuel_per_day: fuelPerDay };
      return show(await desk.ask(ownerBody, { method: "PUT", path, body }), (view) => drawOwners([view], width));
    }
    default:
      return await askOfOne(command, desk, width);
  }
}

type OfOne = Exclude<DeskCommand, { readonly kind: "list" | "show" | "rollback" | "owner" | "owners" }>;

async function askOfOne(command: OfOne, desk: DeskClient, width: Width): Promise<Answer> {
  const path = `/strategies/${await desk.idOf(command.strategy)}`;
  switch (command.kind) {
    case "status":
      return show(await desk.ask(strategyBody, { path }), drawStrategy);
    case "start":
    case "stop":
    case "pause":
    case "resume":
      return show(await desk.ask(statusBody, { method: "POST", path: `${path}/${command.kind}` }), drawOutcome);
    case "execute": {
      const asked = await desk.ask(statusBody, { method: "POST", path: `${path}/execute` });
      return show(
        asked,
        (view) => `${drawOutcome(view)}a run is asked for; see: bun run shoal strategies logs ${view.strategy_id}\n`,
      );
    }
    case "delete": {
      const { body } = await desk.ask(deleted, { method: "DELETE", path });
      return { text: "deleted, with all that it did\n", json: body };
    }
    case "positions":
      return show(await desk.ask(holdingsBody, { path: `${path}/positions` }), (view) => drawHoldings(view, width));
    case "versions":
      return show(await desk.ask(versions, { path: pageOf(path, command) }), (view) =>
        drawVersions(view.versions, width),
      );
    case "runs":
      return show(await desk.ask(runs, { path: pageOf(path, command) }), (view) => drawRuns(view.runs, width));
    case "orders":
      return show(await desk.ask(orders, { path: pageOf(path, command) }), (view) => drawOrders(view.orders, width));
    default:
      return unreachable(command);
  }
}

function show<T>({ body, view }: Answered<T>, draw: (view: T) => string): Answer {
  return { text: draw(view), json: body };
}

function pageOf(path: string, { kind, limit, before }: Extract<OfOne, { readonly limit: number }>): string {
  return pathOf(`${path}/${kind}`, { limit, before });
}
