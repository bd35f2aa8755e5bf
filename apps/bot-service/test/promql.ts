/** Reads PromQL as far as a test of queries needs it: the series that they select. */

/** A metric as a query selects it: `shoal_bots{state="idle"}`. */
export interface Selector {
  readonly metric: string;
  /** With braces; empty without. */
  readonly matchers: string;
}

/** Matches lists of label names, and keywords: they look like metrics but are none. */
const LABEL_LISTS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;
const WORDS = new Set(["and", "or", "unless", "bool", "offset"]);
/** A name that no parenthesis follows, as one does after functions. */
const SELECTOR = /(?<![\w:.])([a-zA-Z_:][\w:]*)\b(?!\s*\()(\{[^}]*\})?/g;

/** Returns every series that a query selects. */
export function selectorsOf(query: string): Selector[] {
  const bare = query.replace(LABEL_LISTS, "").replace(/\[[^\]]*\]/g, "");
  return [...bare.matchAll(SELECTOR)]
    .map(([, metric = "", matchers = ""]) => ({ metric, matchers }))
    .filter(({ metric }) => !WORDS.has(metric));
}

/** Returns a query as Grafana sends it, with every daemon chosen. */
export const filledIn = (query: string) => query.replaceAll("$replica", ".*").replaceAll("$__rate_interval", "1m");

interface Target {
  readonly expr: string;
}

interface GrafanaPanel {
  readonly title: string;
  readonly targets?: readonly Target[];
}

/** The parts of a dashboard's file that hold queries. */
export interface GrafanaDashboard {
  readonly panels: readonly GrafanaPanel[];
  readonly annotations: { readonly list: readonly Target[] };
  readonly templating: { readonly list: readonly { readonly type: string; readonly query: string }[] };
}

/** Returns all queries of a dashboard: panels, annotations, variables. */
export function queriesOf({ panels, annotations, templating }: GrafanaDashboard): string[] {
  const variables = templating.list
    .filter(({ type }) => type === "query")
    .map(({ query }) => query.replace(/^label_values\((.+), (\w+)\)$/, "count by ($2) ($1)"));
  const targets = panels.flatMap((panel) => panel.targets ?? []);
  return [...targets, ...annotations.list].map(({ expr }) => filledIn(expr)).concat(variables);
}
