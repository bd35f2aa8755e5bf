/** The types of what the HTTP API answers, for the pages of the console: types alone, so that page and API are held together by the compiler. */

export type { AnalyticsRows } from "../analytics/queries.ts";
export type * from "../strategies/desk/bodies.ts";
export type * from "../strategies/replay/replay-body.ts";
export type * from "./bot-bodies.ts";
export type * from "./console-list-bodies.ts";
export type * from "./console-person-body.ts";
export type * from "./console-snapshot-body.ts";
export type * from "./console-stream-bodies.ts";
export type * from "./job-bodies.ts";
export type { MarkBody, MarkPageBody } from "./marks.ts";
export type * from "./match-bodies.ts";
export type { ErasedPersonBody, PersonDataBody } from "./people.ts";
export type * from "./replica-bodies.ts";
export type * from "./reply-bodies.ts";
