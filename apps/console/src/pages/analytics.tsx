import { ChoiceFilter, FilterBar, TextFilter } from "../parts/filter-bar.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Text } from "../parts/text.tsx";
import { zone } from "../preferences.ts";
import { parameter } from "../router.ts";
import { Dashboard } from "./analytics/glance.tsx";
import { Assets, TopUsers } from "./analytics/lists.tsx";
import { Revenue, UserGrowth } from "./analytics/over-time.tsx";

/** The zone in which days begin: the reader's own, or UTC, as the switch of the page says. */
const zoneName = () => (zone.value === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");

const RANGES = [
  ["", "30 days"],
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["90d", "90 days"],
  ["365d", "A year"],
  ["all", "All time"],
] as const;
const TOP_RANGES = [
  ["", "This month"],
  ["last_month", "Last month"],
  ["year", "This year"],
  ["all", "All time"],
] as const;
const VENUES = [
  ["", "All"],
  ["paper", "Paper"],
  ["exchange", "Exchanges"],
  ["own", "Own tables"],
] as const;

/** Figures of all trades and users: six questions, plotted and as tables. */
export function Analytics() {
  const [range, top, venue] = [parameter("range"), parameter("top"), parameter("venue")];
  const currency = parameter("currency").trim().slice(0, 128);
  const money = { venue, currency };
  const days = zoneName();
  return (
    <>
      <PageHead title="Analytics">
        {"Days begin in "}
        <Text>{days}</Text>
        {"; assets and the top lists go by UTC. Money is of one currency each."}
      </PageHead>
      <FilterBar label="Filter the figures">
        <ChoiceFilter name="range" label="Range" choices={RANGES} />
        <ChoiceFilter name="top" label="Top lists of" choices={TOP_RANGES} />
        <ChoiceFilter name="venue" label="Venue" choices={VENUES} />
        <TextFilter name="currency" label="Currency" placeholder="most traded" />
      </FilterBar>
      <div class="questions">
        <Dashboard query={{ range, zone: days, ...money }} />
        <Revenue query={{ range, zone: days, ...money }} />
        <UserGrowth query={{ range, zone: days }} />
        <TopUsers by="profit" query={{ range: top, ...money }} />
        <TopUsers by="volume" query={{ range: top, ...money }} />
        <Assets query={{ range, ...money }} />
      </div>
    </>
  );
}
