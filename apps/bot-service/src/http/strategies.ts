import type { Context } from "hono";
import { z } from "zod";
import {
  checkedBody,
  codeBody,
  equityPointBody,
  fillBody,
  holdingsBody,
  logLineBody,
  orderBody,
  runBody,
  type StatusBody,
  statusBody,
  strategyBody,
  versionBody,
  wholeRunBody,
} from "../strategies/desk/bodies.ts";
import { StrategyDeskError } from "../strategies/desk/errors.ts";
import type { Asker, StrategyDesk } from "../strategies/desk/strategy-desk.types.ts";
import { uuid } from "../uuid.ts";
import type { HttpEnv } from "./auth.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { problem } from "./problem.ts";
import { type Route, type RouteFacts, route } from "./route.ts";
import {
  checkBody,
  closeBody,
  codeQuery,
  configBody,
  countPage,
  deployBody,
  deployRequestOf,
  isIdempotencyKey,
  listQuery,
  logsQuery,
  ordersQuery,
  rollbackBody,
  textPage,
} from "./strategy-requests.ts";

const PATH = "/strategies";
/** @source issue 13: a source of 256 kB, and what JSON makes of it */
const DEPLOY_BODY_LIMIT_BYTES = 1024 * 1024;
const KEY_HEADER = "Idempotency-Key";

/** What the routes need of the strategies. */
export interface StrategiesPort {
  readonly desk: StrategyDesk;
  /** Whether signed-in users may deploy and change strategies of their own; they may always look. */
  readonly isOpenToOwners: boolean;
}

/** `/strategies`: deploys, changes, and what strategies did. */
export function strategyRoutes(port: StrategiesPort): Route[] {
  return [
    ...deployRoutes(port),
    ...changingRoutes(port),
    ...strategyReadingRoutes(port),
    ...runReadingRoutes(port),
    ...moneyReadingRoutes(port),
  ];
}

export const askerOf = (context: Context<HttpEnv>): Asker => ({ userId: context.var.userId ?? null });

/** The asker of a change. @throws STRATEGY_NOT_OPEN */
export function changerOf(
  context: Context<HttpEnv>,
  { isOpenToOwners }: Pick<StrategiesPort, "isOpenToOwners">,
): Asker {
  const asker = askerOf(context);
  if (isOpenToOwners || asker.userId === null) return asker;
  throw new StrategyDeskError(
    "STRATEGY_NOT_OPEN",
    "Signed-in users may look at strategies here, and not change them: CONTROL_OPEN_TO is nobody.",
  );
}

const locationOf = ({ strategy_id }: Pick<StatusBody, "strategy_id">) => ({ location: `${PATH}/${strategy_id}` });

function deployRoutes(port: StrategiesPort): Route[] {
  const { desk } = port;
  return [
    route({
      method: "post",
      path: `${PATH}/deploy`,
      summary: "Deploy a strategy: a new one, or a new version of one",
      access: "person",
      bodyLimitBytes: DEPLOY_BODY_LIMIT_BYTES,
      isLong: true,
      headers: { [KEY_HEADER]: "The same request with the same key is one deploy; 1 to 256 printable characters" },
      body: deployBody,
      answers: { 200: strategyBody, 201: strategyBody },
      async answer(context, { body }) {
        const key = context.req.header(KEY_HEADER);
        if (key !== undefined && !isIdempotencyKey(key)) return badKey(context);
        const { strategy } = await desk.deploy(changerOf(context, port), deployRequestOf(body, key));
        // Of the version, not of what happened now: a repeated request has the answer of the first.
        return context.json(strategy, strategy.version === 1 ? 201 : 200, locationOf(strategy));
      },
    }),
    route({
      method: "post",
      path: `${PATH}/check`,
      summary: "Check a source as a deploy does, and keep nothing",
      access: "person",
      bodyLimitBytes: DEPLOY_BODY_LIMIT_BYTES,
      isLong: true,
      body: checkBody,
      answers: { 200: checkedBody },
      async answer(context, { body: { code, ...rest } }) {
        const checked = await desk.check(changerOf(context, port), omitUndefined({ source: code, ...rest }));
        if (!checked.ok) return context.json({ ...checked, needs: null, config: null });
        const { needs, config } = checked.code;
        return context.json({ ok: true, diagnostics: [], needs, config });
      },
    }),
    route({
      method: "post",
      path: `${PATH}/:id/rollback`,
      summary: "Deploy an earlier version anew, with its settings",
      access: "person",
      body: rollbackBody,
      isBodyOptional: true,
      answers: { 200: strategyBody },
      answer: async (context, { id, body: { version } }) =>
        context.json(await desk.rollback(changerOf(context, port), id, version)),
    }),
    route({
      method: "put",
      path: `${PATH}/:id/config`,
      summary: "Put settings in the place of those that it has",
      access: "person",
      body: configBody,
      answers: { 200: strategyBody },
      answer: async (context, { id, body: { config } }) =>
        context.json(await desk.updateConfig(changerOf(context, port), id, config)),
    }),
  ];
}

function badKey(context: Context): Response {
  const detail = "idempotency-key: must be 1 to 256 printable characters.";
  const refusal = { status: 422, code: "HTTP_INVALID_FIELD", title: "Unprocessable content", detail } as const;
  return problem(context, { ...refusal, field: "idempotency-key" });
}

function changingRoutes(port: StrategiesPort): Route[] {
  const { desk } = port;
  const change = (name: "start" | "stop" | "pause" | "resume", summary: string): Route =>
    route({
      method: "post",
      path: `${PATH}/:id/${name}`,
      summary,
      access: "person",
      body: z.strictObject({}),
      isBodyOptional: true,
      answers: { 200: statusBody },
      answer: async (context, { id }) => context.json(await desk[name](changerOf(context, port), id)),
    });
  return [
    change("start", "Let it run by its schedule, from now on; failures so far are forgotten"),
    change("stop", "Stop it; a run under way places nothing"),
    change("pause", "Hold it until it is resumed"),
    change("resume", "Let a paused or quarantined one run again"),
    route({
      method: "post",
      path: `${PATH}/:id/execute`,
      summary: "Run it now, whatever its schedule says; while it runs, once more afterwards",
      access: "person",
      body: z.strictObject({}),
      isBodyOptional: true,
      answers: { 202: statusBody },
      answer: async (context, { id }) => context.json(await desk.execute(changerOf(context, port), id), 202),
    }),
    closeRoute(port),
    route({
      method: "delete",
      path: `${PATH}/:id`,
      summary: "Delete it, with all that it did",
      access: "person",
      answers: { 200: z.object({ strategy_id: uuid }) },
      async answer(context, { id }) {
        await desk.remove(changerOf(context, port), id);
        return context.json({ strategy_id: id.toLowerCase() });
      },
    }),
    route({
      method: "delete",
      path: `${PATH}/orders/:id`,
      summary: "Cancel an order: on paper at once, at an exchange as soon as it can be",
      access: "person",
      answers: { 200: orderBody },
      answer: async (context, { id }) => context.json(await desk.cancelOrder(changerOf(context, port), id)),
    }),
  ];
}

function closeRoute(port: StrategiesPort): Route {
  return route({
    method: "post",
    path: `${PATH}/:id/close`,
    summary: "Cancel its open orders, and order back at market what it holds",
    access: "person",
    headers: {
      [KEY_HEADER]: "Required: the same request with the same key orders once; 1 to 256 printable characters",
    },
    body: closeBody,
    isBodyOptional: true,
    answers: { 202: z.object({ order_ids: z.array(uuid) }) },
    async answer(context, { id, body }) {
      const key = context.req.header(KEY_HEADER) ?? "";
      if (!isIdempotencyKey(key)) return badKey(context);
      const order_ids = await port.desk.close(changerOf(context, port), id, omitUndefined({ ...body, key }));
      return context.json({ order_ids }, 202);
    },
  });
}

function strategyReadingRoutes({ desk }: StrategiesPort): Route[] {
  const show = <Body extends object>(
    path: "" | "/status",
    summary: string,
    schema: z.ZodType<Body>,
    read: (asker: Asker, id: string) => Promise<Body>,
  ): Route =>
    route({
      ...{ method: "get", path: `${PATH}/:id${path}`, summary, access: "person", answers: { 200: schema } },
      answer: async (context, { id }) => context.json<object>(await read(askerOf(context), id)),
    });
  return [
    route({
      method: "get",
      path: PATH,
      summary: "List strategies",
      access: "person",
      query: listQuery,
      answers: { 200: z.object({ strategies: z.array(statusBody) }) },
      async answer(context, { query: { owner_id: ownerId, ...query } }) {
        return context.json({ strategies: await desk.list(askerOf(context), omitUndefined({ ...query, ownerId })) });
      },
    }),
    show("", "Show a strategy with its settings", strategyBody, desk.get),
    show("/status", "Show how it is, and how its runs went", statusBody, desk.status),
    route({
      ...ofOne("versions", "List its versions, the newest first"),
      query: countPage,
      answers: { 200: z.object({ versions: z.array(versionBody) }) },
      answer: async (context, { id, query }) =>
        context.json({ versions: await desk.versions(askerOf(context), id, omitUndefined(query)) }),
    }),
    route({
      ...ofOne("code", "Show the source of a version"),
      query: codeQuery,
      answers: { 200: codeBody },
      answer: async (context, { id, query }) => context.json(await desk.code(askerOf(context), id, query.version)),
    }),
  ];
}

function runReadingRoutes({ desk }: StrategiesPort): Route[] {
  return [
    route({
      ...ofOne("runs", "List its runs, the newest first"),
      query: countPage,
      answers: { 200: z.object({ runs: z.array(runBody) }) },
      answer: async (context, { id, query }) =>
        context.json({ runs: await desk.runs(askerOf(context), id, omitUndefined(query)) }),
    }),
    route({
      method: "get",
      path: `${PATH}/runs/:id`,
      summary: "Show a run with its logs and its journal",
      access: "person",
      answers: { 200: wholeRunBody },
      answer: async (context, { id }) => context.json(await desk.run(askerOf(context), id)),
    }),
    route({
      ...ofOne("logs", "Show lines that its runs wrote, the oldest first; by default the newest ones"),
      query: logsQuery,
      answers: { 200: z.object({ lines: z.array(logLineBody) }) },
      answer: async (context, { id, query }) =>
        context.json({ lines: await desk.logs(askerOf(context), id, omitUndefined(query)) }),
    }),
  ];
}

function ofOne(name: string, summary: string) {
  return {
    method: "get",
    path: `${PATH}/:id/${name}`,
    summary,
    access: "person",
  } as const satisfies Partial<RouteFacts>;
}

function moneyReadingRoutes({ desk }: StrategiesPort): Route[] {
  return [
    route({
      ...ofOne("orders", "List its orders, the newest first"),
      query: ordersQuery,
      answers: { 200: z.object({ orders: z.array(orderBody) }) },
      answer: async (context, { id, query: { live: isLive, ...page } }) =>
        context.json({ orders: await desk.orders(askerOf(context), id, omitUndefined({ ...page, isLive })) }),
    }),
    route({
      ...ofOne("fills", "List its fills, the newest first"),
      query: textPage,
      answers: { 200: z.object({ fills: z.array(fillBody) }) },
      answer: async (context, { id, query }) =>
        context.json({ fills: await desk.fills(askerOf(context), id, omitUndefined(query)) }),
    }),
    route({
      ...ofOne("positions", "Show what it has, as of its latest run"),
      answers: { 200: holdingsBody },
      answer: async (context, { id }) => context.json(await desk.positions(askerOf(context), id)),
    }),
    route({
      ...ofOne("equity", "List what it was worth, hour by hour, the newest first"),
      query: textPage,
      answers: { 200: z.object({ points: z.array(equityPointBody) }) },
      answer: async (context, { id, query }) =>
        context.json({ points: await desk.equity(askerOf(context), id, omitUndefined(query)) }),
    }),
  ];
}
