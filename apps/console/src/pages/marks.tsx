import type { MarkBody, MarkPageBody } from "@shoal/bot-service/bodies";
import { api } from "../api.ts";
import { inWords, NOTHING } from "../format.ts";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { ChoiceFilter, FilterBar } from "../parts/filter-bar.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Outcome } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Id, Text } from "../parts/text.tsx";
import { Time } from "../parts/time.tsx";
import { addressOf, parameter } from "../router.ts";
import { type Action, useAction } from "../use-action.ts";
import { useList } from "../use-list.ts";

const TONES: Readonly<Record<string, Tone>> = {
  self_harm: "bad",
  minor_sexual: "bad",
  minor_contact: "bad",
  minor: "warn",
};
/** Words of the kinds that there are. */
const KINDS: readonly (readonly [string, string])[] = [
  ["", "All"],
  ["self_harm", "May harm themselves"],
  ["minor", "Minor"],
  ["minor_contact", "Minor: contact"],
  ["minor_sexual", "Minor: sexual"],
  ["sexual", "Sexual"],
  ["report", "Reported"],
];
const WORDS = new Map(KINDS);

const columns = (seen: Action<MarkBody>): readonly Column<MarkBody>[] => [
  {
    key: "kind",
    title: "Why",
    cell: ({ kind }) => <Badge tone={TONES[kind] ?? "info"}>{WORDS.get(kind) ?? inWords(kind)}</Badge>,
    width: "11rem",
  },
  { key: "at", title: "Marked", cell: ({ created_at }) => <Time at={created_at} />, width: "8rem" },
  {
    key: "match",
    title: "Conversation",
    cell: ({ match_id }) => <a href={addressOf(`/matches/${match_id}`)}>{match_id.slice(0, 8)}</a>,
    width: "8rem",
  },
  {
    key: "person",
    title: "Person",
    cell: ({ person_id }) => (
      <a href={addressOf(`/people/${encodeURIComponent(person_id)}`)}>
        <Text>{person_id}</Text>
      </a>
    ),
    isMinor: true,
  },
  { key: "by", title: "Marked by", cell: markedBy, width: "10rem", isMinor: true },
  { key: "reason", title: "Reason given", cell: ({ reason }) => (reason === null ? NOTHING : <Text>{reason}</Text>) },
  {
    key: "act",
    title: "Seen",
    cell: (mark) =>
      mark.seen_at === null ? (
        <Button kind="quiet" isChange label={`Note as seen: mark ${mark.id}`} onPress={() => seen.run(mark)}>
          Note as seen
        </Button>
      ) : (
        <Time at={mark.seen_at} />
      ),
    width: "9rem",
  },
];

function markedBy({ source, bot_id, reporter_id }: MarkBody) {
  if (source === "bot") return bot_id === null ? "a bot" : <Id>{bot_id}</Id>;
  return reporter_id === null ? "a person who was erased" : <Id>{reporter_id}</Id>;
}

/** Conversations that an operator should look at. */
export function Marks() {
  const [seen, kind] = [parameter("seen"), parameter("kind")];
  const list = useList<MarkBody, MarkPageBody>({
    path: "/api/marks",
    query: { seen: seen === "all" ? "" : seen || "false", kind, limit: 100 },
    rows: ({ marks }) => marks,
    after: ({ next }) => (next === null ? null : { before: next }),
    key: ({ id }) => `${id}`,
  });
  const note = useAction<MarkBody, MarkBody>({
    act: ({ id }) => api.post(`/api/marks/${id}/seen`),
    done: () => "Noted as seen.",
    after: list.refresh,
  });
  return (
    <>
      <PageHead title="Marks">
        Conversations with somebody in danger or under age, and reports of people. What was said is not kept.
      </PageHead>
      <FilterBar label="Filter marks" list={list}>
        <ChoiceFilter
          name="seen"
          label="Seen"
          choices={[
            ["", "Not yet"],
            ["true", "Seen"],
            ["all", "All"],
          ]}
        />
        <ChoiceFilter name="kind" label="Why" choices={KINDS} />
      </FilterBar>
      <Outcome of={note.outcome.value} />
      <Table
        label="Marks"
        list={list}
        columns={columns(note)}
        empty={<Empty title="Nothing to look at">Marks are kept for 90 days.</Empty>}
      />
    </>
  );
}
