import type {
  LineEntryBody,
  LinePageBody,
  MatchBody,
  MatchEndsBody,
  MatchPageBody,
  MatchStatus,
} from "@shoal/bot-service/bodies";
import { printable } from "@shoal/kernel";
import { api } from "../api.ts";
import { formatCount, formatDuration, inWords, NOTHING } from "../format.ts";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Facts, Section } from "../parts/facts.tsx";
import { ChoiceFilter, FilterBar } from "../parts/filter-bar.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Loaded, Outcome } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Id, Text } from "../parts/text.tsx";
import { Since, Time } from "../parts/time.tsx";
import { addressOf, parameter, place } from "../router.ts";
import { type Action, useAction } from "../use-action.ts";
import { useList } from "../use-list.ts";
import { useResource } from "../use-resource.ts";
import { RuleFigures, Rules } from "./matches/rules.tsx";

/** How often one match is read again. */
const REFRESH_MS = 2000;
/** How often the ends are counted again. */
const COUNT_EVERY_MS = 30_000;

/** Who waits and why, who talks, and how conversations ended; each match by itself under its id. */
export function Matches() {
  const matchId = place.value.path.split("/")[2] ?? "";
  if (matchId !== "") return <OneMatch key={matchId} matchId={matchId} />;
  return (
    <>
      <PageHead title="Matches">Who waits and why, who talks, and how conversations ended.</PageHead>
      <Tabs
        label="Matches"
        tabs={[
          { id: "line", title: "In line", view: () => <Line /> },
          { id: "rooms", title: "Rooms", view: () => <Rooms /> },
          { id: "ends", title: "Ended, by reason", view: () => <Ends /> },
        ]}
      />
    </>
  );
}

const WHY_TONES: Readonly<Record<LineEntryBody["why"]["code"], Tone>> = {
  "next-cycle": "good",
  "waits-for-person": "info",
  "rules-exclude-all": "warn",
  "lobby-blind": "warn",
  "no-idle-bot": "warn",
  "bot-of-own-id": "warn",
  "bots-joining": "info",
  "joins-held": "bad",
  "other-replica": "info",
  drains: "info",
  "pairing-fails": "bad",
  "nobody-pairs": "bad",
};

const LINE_COLUMNS: readonly Column<LineEntryBody>[] = [
  { key: "name", title: "Person", cell: ({ name }) => <Text>{name}</Text>, width: "16%" },
  { key: "id", title: "User id", cell: ({ user_id }) => <Id>{user_id}</Id>, width: "8rem", isMinor: true },
  { key: "since", title: "Waits", cell: ({ queued_at }) => <Since at={queued_at} />, width: "7rem", isNumber: true },
  {
    key: "why",
    title: "Why not matched",
    cell: ({ why }) => (
      <>
        <Badge tone={WHY_TONES[why.code]}>{inWords(why.code)}</Badge> <Text>{why.words}</Text>
        {why.code === "rules-exclude-all" && <RuleFigures rules={why.rules ?? []} />}
      </>
    ),
  },
  { key: "source", title: "Came by", cell: ({ source }) => source, width: "6rem", isMinor: true },
  {
    key: "unconfirmed",
    title: "Unconfirmed",
    cell: ({ unconfirmed }) => formatCount(unconfirmed),
    width: "7rem",
    isNumber: true,
    isMinor: true,
  },
];

function Line() {
  const list = useList<LineEntryBody, LinePageBody>({
    path: "/api/match/line",
    query: { limit: 100 },
    rows: ({ waiting }) => waiting,
    after: ({ next }) => (next === null ? null : { after: next }),
    key: ({ ticket_id }) => ticket_id,
  });
  return (
    <div class="stack">
      <FilterBar label="The line" list={list}>
        <p class="hint">As this daemon sees it, the longest wait first.</p>
      </FilterBar>
      <Table
        label="People in line"
        list={list}
        columns={LINE_COLUMNS}
        empty={
          <Empty title="Nobody waits">Who comes is matched at once, or stands here with the reason why not.</Empty>
        }
      />
      <Rules />
    </div>
  );
}

const STATUS_TONES: Readonly<Record<MatchStatus, Tone>> = { pending: "info", live: "good", ended: "off" };

/** Ends a match, after a question. */
function useEnd(after: () => unknown): Action<MatchBody> {
  return useAction<MatchBody, MatchBody>({
    act: ({ match_id }) => api.post(`/api/matches/${match_id}/end`),
    confirm: ({ seats }) => ({
      title: "End this match?",
      body: (
        <p>
          The conversation of <Seats seats={seats} /> ends at once. Its people are told, and may wait anew. This cannot
          be undone.
        </p>
      ),
      action: "End the match",
      isDangerous: true,
    }),
    done: () => "The match has ended.",
    after,
  });
}

function Seats({ seats }: Pick<MatchBody, "seats">) {
  return (
    <>
      {seats.map(({ id, name, bot }, index) => (
        <span key={id}>
          {index > 0 && " and "}
          <Text>{name}</Text>
          {bot && " (bot)"}
        </span>
      ))}
    </>
  );
}

const roomColumns = (end: Action<MatchBody>): readonly Column<MatchBody>[] => [
  { key: "who", title: "Who", cell: ({ seats }) => <Seats seats={seats} /> },
  {
    key: "status",
    title: "Status",
    cell: ({ status }) => <Badge tone={STATUS_TONES[status]}>{status}</Badge>,
    width: "7rem",
  },
  {
    key: "since",
    title: "Since",
    cell: ({ made_at, live_at, ended_at }) => <Time at={ended_at ?? live_at ?? made_at} />,
    width: "8rem",
  },
  { key: "room", title: "Room", cell: ({ room_id }) => <Id>{room_id}</Id>, width: "8rem", isMinor: true },
  {
    key: "replica",
    title: "Replica",
    cell: ({ replica_id }) => (replica_id === null ? NOTHING : <Id>{replica_id}</Id>),
    width: "8rem",
    isMinor: true,
  },
  {
    key: "reason",
    title: "Reason",
    cell: ({ ended_reason }) => (ended_reason === null ? NOTHING : <Text>{ended_reason}</Text>),
    isMinor: true,
  },
  {
    key: "act",
    title: "Actions",
    cell: (match) =>
      match.status !== "ended" && (
        <Button
          kind="quiet"
          isChange
          label={`End the match of ${match.seats.map(({ name }) => printable(name)).join(" and ")}`}
          onPress={() => end.run(match)}
        >
          End
        </Button>
      ),
    width: "5rem",
  },
];

function Rooms() {
  const status = parameter("status");
  const list = useList<MatchBody, MatchPageBody>({
    path: "/api/matches",
    query: { status, limit: 100 },
    rows: ({ matches }) => matches,
    after: ({ next }) => (next === null ? null : { before: next }),
    key: ({ match_id }) => match_id,
  });
  const end = useEnd(list.refresh);
  return (
    <>
      <FilterBar label="Filter rooms" list={list}>
        <ChoiceFilter
          name="status"
          label="Status"
          choices={[
            ["", "Live"],
            ["pending", "Pending: to be confirmed"],
            ["ended", "Ended"],
          ]}
        />
      </FilterBar>
      <Outcome of={end.outcome.value} />
      <Table
        label="Rooms"
        list={list}
        columns={roomColumns(end)}
        rowLink={({ match_id }) => `/matches/${match_id}`}
        empty={<Empty title={`No match is ${status || "live"}`}>Matches that are over are kept for a week.</Empty>}
      />
    </>
  );
}

function Ends() {
  const ends = useResource<MatchEndsBody>("/api/matches/ends", {}, COUNT_EVERY_MS);
  return (
    <Loaded of={ends}>
      {({ ends: all }) => (
        <Table
          label="Ends by reason"
          rows={all}
          rowKey={({ reason }) => reason}
          columns={[
            {
              key: "reason",
              title: "Reason",
              cell: ({ reason }) => <Text>{reason}</Text>,
              sortBy: ({ reason }) => reason,
            },
            {
              ...{ key: "hour", title: "Last hour", isNumber: true },
              cell: ({ last_hour }) => formatCount(last_hour),
              sortBy: ({ last_hour }) => last_hour,
            },
            {
              ...{ key: "day", title: "Last 24 hours", isNumber: true },
              cell: ({ last_day }) => formatCount(last_day),
              sortBy: ({ last_day }) => last_day,
            },
          ]}
          empty={<Empty title="No match has ended within a day" />}
        />
      )}
    </Loaded>
  );
}

function OneMatch({ matchId }: { readonly matchId: string }) {
  const found = useResource<MatchBody>(`/api/matches/${encodeURIComponent(matchId)}`, {}, REFRESH_MS);
  const end = useEnd(found.refresh);
  return (
    <>
      <PageHead title="Match" above={<a href={addressOf("/matches?tab=rooms")}>Matches</a>}>
        <Text>{matchId}</Text>
      </PageHead>
      <Loaded of={found} rows={6}>
        {(match) => (
          <Section
            title="As the database has it"
            actions={
              match.status !== "ended" && (
                <Button kind="danger" isChange isBusy={end.isBusy.value} onPress={() => end.run(match)}>
                  End the match
                </Button>
              )
            }
          >
            <p>
              <Badge tone={STATUS_TONES[match.status]}>{match.status}</Badge>{" "}
              {match.ended_reason !== null && <Text>{match.ended_reason}</Text>}
            </p>
            <Facts facts={factsOf(match)} />
          </Section>
        )}
      </Loaded>
      <Outcome of={end.outcome.value} />
    </>
  );
}

const factsOf = ({ seats, room_id, replica_id, made_at, live_at, ended_at }: MatchBody) =>
  [
    ...seats.map(
      ({ id, name, bot, confirmed }, index) =>
        [
          bot ? "Bot" : `Person ${index + 1}`,
          <span key={id}>
            <Text>{name}</Text> <Id>{id}</Id> {confirmed ? "confirmed" : "not confirmed"}
          </span>,
        ] as const,
    ),
    ["Room", <Id key="room">{room_id}</Id>],
    ["Replica", replica_id === null ? "none: two people" : <Id key="replica">{replica_id}</Id>],
    ["Made", <Time key="made" at={made_at} as="exact" />],
    ["Live", live_at === null ? "not yet" : <Time key="live" at={live_at} as="exact" />],
    ["Ended", ended_at === null ? "not yet" : <Time key="ended" at={ended_at} as="exact" />],
    [
      "Talked for",
      live_at === null || ended_at === null ? NOTHING : formatDuration(Date.parse(ended_at) - Date.parse(live_at)),
    ],
  ] as const;
