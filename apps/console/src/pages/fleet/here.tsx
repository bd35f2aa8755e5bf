import type { BotList, BotRow } from "@shoal/bot-service/bodies";
import { formatCount } from "../../format.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { ChoiceFilter, FilterBar, TextFilter } from "../../parts/filter-bar.tsx";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Id, Text } from "../../parts/text.tsx";
import { Since } from "../../parts/time.tsx";
import { parameter, setParameters } from "../../router.ts";
import { snapshot } from "../../stream.ts";
import { useList } from "../../use-list.ts";
import { BOT_STATES, BOT_TONES } from "./words.ts";

export const botPath = (botId: string) => `/fleet/${encodeURIComponent(botId)}`;

const STATES = Object.keys(BOT_TONES) as BotRow["state"][];

const COLUMNS: readonly Column<BotRow>[] = [
  { key: "name", title: "Name", cell: ({ name }) => <Text>{name}</Text>, width: "20%" },
  { key: "id", title: "Id", cell: ({ bot_id }) => <Text>{bot_id}</Text>, width: "21%", isMinor: true },
  {
    key: "state",
    title: "State",
    cell: ({ state, is_paused }) => (
      <>
        <Badge tone={BOT_TONES[state]}>{state}</Badge> {is_paused && <Badge tone="off">paused</Badge>}
      </>
    ),
    width: "13.5rem",
  },
  { key: "since", title: "For", cell: ({ since }) => <Since at={since} />, width: "7.5rem", isNumber: true },
  { key: "kind", title: "Kind", cell: ({ kind }) => <Text>{kind}</Text>, width: "8.5rem", isMinor: true },
  {
    key: "match",
    title: "Match",
    cell: ({ match_id, is_in_room }) =>
      match_id !== null && (
        <>
          <Id>{match_id}</Id> {is_in_room ? "" : "not in the room"}
        </>
      ),
  },
  {
    key: "crashes",
    title: "Crashes",
    cell: ({ crashes }) => (crashes === 0 ? "" : formatCount(crashes)),
    width: "6rem",
    isNumber: true,
    isMinor: true,
  },
];

/** The bots that the daemon which serves this console runs: the fleet's own and deployed ones. */
export function BotsHere() {
  const state = parameter("state");
  const list = useList<BotRow, BotList>({
    path: "/api/bots",
    query: { search: parameter("search"), state, limit: 1000 },
    rows: ({ bots }) => {
      return bots;
    },
    after: ({ after }) => (after === null ? null : { after }),
    key: ({ bot_id }) => bot_id,
  });
  return (
    <>
      <States />
      <FilterBar label="Filter bots" list={list}>
        <TextFilter name="search" label="Name or id" />
        <ChoiceFilter
          name="state"
          label="State"
          choices={[["", "All"], ...STATES.map((each) => [each, each] as const)]}
        />
      </FilterBar>
      {state !== "" && <p class="hint">{BOT_STATES[state as BotRow["state"]]}</p>}
      <Table
        label="Bots of this daemon"
        list={list}
        columns={COLUMNS}
        rowLink={({ bot_id }) => botPath(bot_id)}
        isWindowed
        empty={
          <Empty title={state === "" && parameter("search") === "" ? "This daemon runs no bot" : "No bot fits"}>
            {state === "" ? (
              "Bots come with people: the lead replica decides how many there are (BOT_TARGET_PERCENTAGE, BOT_MIN_COUNT)."
            ) : (
              <button type="button" class="button plain" onClick={() => setParameters({ state: "", search: "" })}>
                Show all
              </button>
            )}
          </Empty>
        }
      />
    </>
  );
}

/** How many bots there are of each state, each the way to them. */
function States() {
  const counts = snapshot.value?.bots.states ?? {};
  const chosen = parameter("state");
  return (
    <div class="states">
      {STATES.filter((state) => counts[state]).map((state) => (
        <Button
          key={state}
          kind="quiet"
          isPressed={chosen === state}
          onPress={() => setParameters({ state: chosen === state ? "" : state })}
        >
          <Badge tone={BOT_TONES[state]}>{state}</Badge> {formatCount(counts[state])}
        </Button>
      ))}
    </div>
  );
}
