import type { ConnectionMonitor } from "@shoal/monitor";
import type { RealtimePool } from "@shoal/realtime-pool";
import { z } from "zod";
import type { Config, ShownVariable } from "../config.ts";
import { hasPart, pageOf } from "../console/page-of.ts";
import type { BotHistories } from "../fleet/bot-histories.ts";
import type { BotView } from "../fleet/bot-views.ts";
import type { FleetConfig } from "../fleet-config.ts";
import { storableText } from "../storable-text.ts";
import { bodyOf } from "./body-of.ts";
import {
  botList,
  botRow,
  channelHistory,
  channelList,
  channelRow,
  configList,
  configRow,
  socketList,
} from "./console-list-bodies.ts";
import { limit } from "./page-limit.ts";
import { type Route, route } from "./route.ts";

const text = storableText(z.string().min(1).max(300));
const page = { search: text.optional(), after: text.optional(), limit };

export interface BotsPort {
  views(): readonly BotView[];
  readonly histories: Pick<BotHistories, "of">;
}

const iso = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());

/** `/api/bots`: the bots that this daemon runs, from its memory. */
export function botListRoute({ views, histories }: BotsPort): Route {
  const rowOf = (view: BotView) => ({
    ...bodyOf(botRow, {
      ...view,
      ...{ since: iso(view.sinceMs), until: iso(view.untilMs) },
      lastError: histories.of(view.botId).findLast(({ errorCode }) => errorCode !== null)?.errorCode ?? null,
    }),
  });
  return route({
    method: "get",
    path: "/api/bots",
    summary: "The bots of this daemon, the fleet's own and deployed ones, by id",
    access: "token",
    query: z.strictObject({
      ...page,
      bot_id: text.optional(),
      state: botRow.shape.state.optional(),
      kind: text.optional(),
    }),
    answers: { 200: botList },
    answer(context, { query: { bot_id, state, kind, search, ...asked } }) {
      const all = views();
      const states: Record<string, number> = {};
      for (const view of all) states[view.state] = (states[view.state] ?? 0) + 1;
      const fits = (view: BotView) =>
        (bot_id === undefined || view.botId === bot_id) &&
        (state === undefined || view.state === state) &&
        (kind === undefined || view.kind === kind) &&
        hasPart(search, view.botId, view.name);
      const { rows, after, total } = pageOf(all.filter(fits), ({ botId }) => botId, asked);
      return context.json({ bots: rows.map(rowOf), after, total, states });
    },
  });
}

/** `/api/channels`, `/api/sockets`: what the pool of this daemon holds, and what became of it. */
export function channelRoutes(
  pool: Pick<RealtimePool, "listChannels" | "listSockets">,
  connections: Pick<ConnectionMonitor, "histories">,
): Route[] {
  return [
    route({
      method: "get",
      path: "/api/channels",
      summary: "The channels that this daemon holds, by client and topic",
      access: "token",
      query: z.strictObject({ ...page, status: channelRow.shape.status.optional() }),
      answers: { 200: channelList },
      answer(context, { query: { search, status, ...asked } }) {
        const all = pool
          .listChannels()
          .filter(
            (each) => (status === undefined || each.status === status) && hasPart(search, each.topic, each.clientId),
          )
          .map((each) => ({ ...each, channel: `${each.clientId} ${each.topic}` }));
        const { rows, after, total } = pageOf(all, ({ channel }) => channel, asked);
        return context.json({ channels: rows.map((row) => bodyOf(channelRow, row)), after, total });
      },
    }),
    route({
      method: "get",
      path: "/api/channels/history",
      summary: "The last states of each channel of a topic that this daemon remembers",
      access: "token",
      query: z.strictObject({ topic: text }),
      answers: { 200: channelHistory },
      answer(context, { query: { topic } }) {
        const all = connections.histories().filter(({ connection }) => connection.endsWith(` ${topic}`));
        const histories = all.map(({ connection, changes }) => ({
          connection,
          changes: changes.map(({ at, state, errorClass = null, reason = null }) => {
            return { at, state, error_class: errorClass, reason };
          }),
        }));
        return context.json({ histories });
      },
    }),
    route({
      method: "get",
      path: "/api/sockets",
      summary: "The sockets of this daemon",
      access: "token",
      answers: { 200: socketList },
      answer: (context) =>
        context.json({
          sockets: pool.listSockets().map(({ socketId, status, slotsHeld }) => {
            return { socket_id: socketId, status, slots_held: slotsHeld };
          }),
        }),
    }),
  ];
}

/** `/api/config`: what this daemon runs with, without secrets. */
export function configRoute(
  { shown, fleetConfig }: Pick<Config, "shown" | "fleetConfig">,
  { botKinds, topics }: Pick<FleetConfig, "botKinds" | "topics">,
): Route {
  const rowOf = (variable: ShownVariable) => bodyOf(configRow, variable);
  return route({
    method: "get",
    path: "/api/config",
    summary: "The variables of this daemon: effective value, default and where it came from; secrets are not shown",
    access: "token",
    answers: { 200: configList },
    answer: (context) =>
      context.json({
        variables: shown.map(rowOf),
        fleet_file: fleetConfig,
        bot_kinds: [...new Set(botKinds.map(({ kind }) => kind))],
        topics: { lobby: topics.lobby, user: topics.user("<user>"), room: topics.room("<room>") },
      }),
  });
}
