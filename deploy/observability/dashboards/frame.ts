import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE, figure, type PanelSource, REPLICA, words } from "../panels.ts";
import { BREAKER_CODES, THRESHOLDS } from "../thresholds.ts";

export interface Row {
  readonly title: string;
  readonly panels: readonly PanelSource[];
}

export interface Page {
  /** Of the address, and the file's name. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

export const breakerWords = words({
  [BREAKER_CODES.up]: ["up", "green"],
  [BREAKER_CODES.unknown]: ["first look", "blue"],
  [BREAKER_CODES.held]: ["held", "yellow"],
  [BREAKER_CODES.away]: ["away", "red"],
  [BREAKER_CODES.refused]: ["refused", "red"],
});

/** Yellow from the warning on, red from what is critical on. */
export const limitsOf = ({ warning, critical }: { readonly warning: number; readonly critical: number }) => ({
  warnAt: warning,
  alertAt: critical,
});

/** Red from the first one on. */
const ANY = { alertAt: 1 };

/** The same on every page: whether anybody is hurt now. */
function hurt(): Row {
  return {
    title: "Is anybody hurt?",
    panels: [
      figure({
        title: "Wait for a partner, p95",
        description: "95 of 100 people were matched sooner, last 10 min. Alert ShoalMatchWaitLong.",
        unit: "s",
        expr: "max(shoal:match_wait_seconds:p95_10m)",
        limits: { warnAt: THRESHOLDS.matchWaitSeconds / 2, alertAt: THRESHOLDS.matchWaitSeconds },
      }),
      figure({
        title: "People waiting",
        description: "Tickets waiting as of the last cycle. Alert ShoalPeopleNotMatched when none is matched.",
        unit: "short",
        expr: `max(shoal_tickets_waiting{${REPLICA}})`,
      }),
      figure({
        title: "Refused joins, 5 min",
        description: "Alerts ShoalJoinsRefused, ShoalPeopleLockedOut and ShoalAuthErrors, by class.",
        unit: "short",
        expr: `ceil(sum(shoal:joins_refused:increase5m{${REPLICA}}))`,
        limits: ANY,
      }),
      figure({
        title: "Channels not joined",
        description: "Part of the channels held, of the worst daemon. Alert ShoalChannelsNotJoined.",
        unit: "percentunit",
        expr: `max(shoal:channels_not_joined:ratio{${REPLICA}})`,
        limits: { alertAt: THRESHOLDS.channelsNotJoinedRatio },
      }),
      figure({
        title: "Realtime",
        description: "What the breaker of the worst daemon says. Alerts ShoalBreakerAway and ShoalBreakerRefused.",
        unit: "short",
        expr: `max(shoal:breaker:code{${REPLICA}})`,
        mappings: breakerWords,
      }),
      figure({
        title: "Firing alerts",
        description: "Alerts of the rules in deploy/prometheus/rules.",
        unit: "short",
        expr: 'count(ALERTS{alertstate="firing", alertname=~"Shoal.+"}) or vector(0)',
        limits: ANY,
      }),
    ],
  };
}

function breakerAnnotation(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name("Realtime held, away or refused")
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor("red")
    .expr(`max by (state, instance) (shoal_breaker_state{state=~"held|away|refused", ${REPLICA}}) == 1`)
    .step("15s")
    .titleFormat("Realtime {{state}}")
    .textFormat("{{instance}}")
    .tagKeys("state");
}

/** A page with the variables, the top row and the annotations that all have. */
export function dashboard({ uid, title, description, rows }: Page): Dashboard {
  const page = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["shoal"])
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh("10s")
    .time({ from: "now-1h", to: "now" })
    .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"))
    .withVariable(
      new QueryVariableBuilder("replica")
        .label("Replica")
        .datasource(DATASOURCE)
        .query("label_values(shoal_build_info, instance)")
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc)
        .multi(true)
        .includeAll(true)
        .allValue(".*")
        .current({ text: "All", value: "$__all" }),
    )
    .annotation(breakerAnnotation())
    .link(new DashboardLinkBuilder("Shoal").type(DashboardLinkType.Dashboards).tags(["shoal"]).keepTime(true));
  let id = 0;
  for (const row of [hurt(), ...rows]) {
    id += 1;
    page.withRow(new RowBuilder(row.title).id(id));
    for (const source of row.panels) {
      id += 1;
      const panel = { ...source.build(), id };
      page.withPanel({ build: () => panel });
    }
  }
  return page.build();
}
