import type { ComponentType } from "preact";
import { Overview } from "./pages/overview.tsx";
import { lazy } from "./parts/lazy.tsx";
import { pageFor } from "./place.ts";

/** Headings of the navigation, in their order. */
export const GROUPS = ["Now", "People and bots", "Work", "Daemon"] as const;

type Group = (typeof GROUPS)[number];

/** A page of the console. */
export interface Page {
  /** The page's address is this, and everything below it. */
  readonly path: `/${string}`;
  readonly title: string;
  /** Under which heading the navigation shows it. */
  readonly group: Group;
  /** Letter that goes there after `g`. */
  readonly key?: string;
  readonly View: ComponentType;
}

/**
 * THE LIST OF PAGES, as the navigation shows them. A new page is one file in `pages/` and one line here:
 * `{ path: "/jobs", title: "Jobs", group: "Work", View: lazy(async () => (await import("./pages/jobs.tsx")).Jobs) }`.
 */
export const pages: readonly Page[] = [
  { path: "/", title: "Overview", group: "Now", key: "o", View: Overview },
  {
    ...{ path: "/events", title: "Events and log", group: "Now", key: "e" },
    View: lazy(async () => (await import("./pages/events.tsx")).Events),
  },
  {
    ...{ path: "/fleet", title: "Fleet", group: "People and bots", key: "f" },
    View: lazy(async () => (await import("./pages/fleet.tsx")).Fleet),
  },
  {
    ...{ path: "/matches", title: "Matches", group: "People and bots", key: "m" },
    View: lazy(async () => (await import("./pages/matches.tsx")).Matches),
  },
  {
    ...{ path: "/marks", title: "Marks", group: "People and bots", key: "k" },
    View: lazy(async () => (await import("./pages/marks.tsx")).Marks),
  },
  {
    ...{ path: "/people", title: "People", group: "People and bots", key: "i" },
    View: lazy(async () => (await import("./pages/people.tsx")).People),
  },
  {
    ...{ path: "/replies", title: "Replies", group: "People and bots", key: "y" },
    View: lazy(async () => (await import("./pages/replies.tsx")).Replies),
  },
  {
    ...{ path: "/jobs", title: "Jobs", group: "Work", key: "j" },
    View: lazy(async () => (await import("./pages/jobs.tsx")).Jobs),
  },
  {
    ...{ path: "/queues", title: "Queues", group: "Work", key: "q" },
    View: lazy(async () => (await import("./pages/queues.tsx")).Queues),
  },
  {
    ...{ path: "/pool", title: "Pool", group: "Daemon", key: "p" },
    View: lazy(async () => (await import("./pages/pool.tsx")).Pool),
  },
  {
    ...{ path: "/replicas", title: "Replicas", group: "Daemon", key: "r" },
    View: lazy(async () => (await import("./pages/replicas.tsx")).Replicas),
  },
  {
    ...{ path: "/configuration", title: "Configuration", group: "Daemon", key: "c" },
    View: lazy(async () => (await import("./pages/configuration.tsx")).Configuration),
  },
  {
    ...{ path: "/strategies", title: "Strategies", group: "Work", key: "s" },
    View: lazy(async () => (await import("./pages/strategies.tsx")).Strategies),
  },
  {
    ...{ path: "/analytics", title: "Analytics", group: "Work", key: "a" },
    View: lazy(async () => (await import("./pages/analytics.tsx")).Analytics),
  },
];

/** Pages that links alone lead to. */
const HIDDEN: readonly Omit<Page, "group">[] = [
  { path: "/runbooks", title: "Runbook", View: lazy(async () => (await import("./pages/runbook.tsx")).Runbook) },
];

/** Returns the page at a path. */
export const pageAt = (path: string) => pageFor([...pages, ...HIDDEN], path);
