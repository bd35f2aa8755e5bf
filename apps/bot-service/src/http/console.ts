import { z } from "zod";
import type { Live } from "../console/live.ts";
import { storableText } from "../storable-text.ts";
import { historyBody } from "./console-list-bodies.ts";
import { type ConsolePerson, consolePerson } from "./console-person-body.ts";
import { consoleSnapshot } from "./console-snapshot-body.ts";
import { problem, RETRY_SHORTLY_MS, retryAfter } from "./problem.ts";
import { queryNumber } from "./query-number.ts";
import { type Route, route } from "./route.ts";

/** A day of so many series is a megabyte. */
const SERIES_MAX = 20;
const SERIES_LENGTH_MAX = 1024;
const NOT_KEPT = { "cache-control": "no-store" };
/** Proxies that gather what they pass on (nginx) are asked not to. */
const AS_IT_COMES = { ...NOT_KEPT, "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" };
const TOO_MANY = {
  status: 503,
  code: "CONSOLE_TOO_MANY_STREAMS",
  title: "Not available now",
  detail: "As many consoles listen to this daemon as it serves; close one, or ask for the snapshot.",
} as const;

/** `/api/console`: what this daemon knows of itself, from memory. Answered also while the daemon starts and drains. */
export function consoleRoutes(
  live: Pick<Live, "snapshotText" | "history"> & { readonly streams: Pick<Live["streams"], "open"> },
): Route[] {
  return [
    route({
      method: "get",
      path: "/api/console/snapshot",
      summary: "Everything that is shown of this daemon at a glance, at most a second old",
      ...{ access: "token", isAlways: true },
      answers: { 200: consoleSnapshot },
      answer: (context) => context.body(live.snapshotText(), 200, { ...NOT_KEPT, "content-type": "application/json" }),
    }),
    route({
      method: "get",
      path: "/api/console/history",
      summary: "Figures of this daemon over time: a value a second for 15 min, or one for ten seconds for 24 h",
      ...{ access: "token", isAlways: true },
      query: z.strictObject({
        step: z.enum(["1s", "10s"]).default("1s"),
        series: z.string().max(SERIES_LENGTH_MAX).default("").describe("Names, separated by commas"),
        count: queryNumber(z.int().min(1).max(10_000).default(10_000)).describe("The latest so many values"),
      }),
      answers: { 200: historyBody },
      answer: (context, { query: { step, series, count } }) =>
        context.json(live.history(step, [...new Set(series.split(","))].slice(0, SERIES_MAX), count), 200, NOT_KEPT),
    }),
    route({
      method: "get",
      path: "/api/console/stream",
      summary: "The snapshot each second, and events and lines of the log as they come, as server-sent events",
      ...{ access: "token", isAlways: true, isLong: true },
      headers: { "Last-Event-ID": "The stream goes on after this; without it, it begins with the latest 200 of each." },
      answers: { 200: "text/event-stream" },
      answer(context) {
        const listener = { endsAtMs: context.env?.session?.endsAtMs, isReader: context.get("role") === "reader" };
        const body = live.streams.open(context.req.header("last-event-id"), listener);
        return body ? context.body(body, 200, AS_IT_COMES) : problem(context, TOO_MANY, retryAfter(RETRY_SHORTLY_MS));
      },
    }),
  ];
}

/** `/api/console/person`: what is known of one person, by the database and by this daemon. Nulls where nothing is. */
export function personRoute(read: (userId: string) => Promise<ConsolePerson>): Route {
  return route({
    method: "get",
    path: "/api/console/person",
    summary: "A person's latest ticket, why it is not matched, its match and room, and what happened when",
    access: "token",
    query: z.strictObject({ user_id: storableText(z.string().min(1).max(128)) }),
    answers: { 200: consolePerson },
    answer: async (context, { query: { user_id } }) => context.json(await read(user_id), 200, NOT_KEPT),
  });
}
