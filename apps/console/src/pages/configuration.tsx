import type { ConfigList, ConfigRow } from "@shoal/bot-service/bodies";
import { formatCount, plural } from "../format.ts";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Facts, Section } from "../parts/facts.tsx";
import { Switch } from "../parts/field.tsx";
import { FilterBar, TextFilter } from "../parts/filter-bar.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { copy, Text } from "../parts/text.tsx";
import { parameter, setParameters } from "../router.ts";
import { useResource } from "../use-resource.ts";
import { envLines, fits, plainWords } from "./configuration/env-lines.ts";

const SOURCES: Readonly<Record<ConfigRow["source"], Tone>> = { environment: "info", default: "off", daemon: "warn" };

const COLUMNS: readonly Column<ConfigRow>[] = [
  {
    key: "variable",
    title: "Variable",
    cell: ({ variable }) => <code>{variable}</code>,
    sortBy: ({ variable }) => variable,
  },
  {
    key: "value",
    title: "Value",
    cell: ({ value, is_secret }) =>
      value === null ? (
        <span class="hint">not set</span>
      ) : is_secret ? (
        <Badge tone="off">secret</Badge>
      ) : (
        <Text>{value}</Text>
      ),
  },
  { key: "default", title: "Default", cell: ({ default: usual }) => <Text>{usual}</Text>, isMinor: true },
  {
    key: "source",
    title: "From",
    cell: ({ source }) => <Badge tone={SOURCES[source]}>{source}</Badge>,
    sortBy: ({ source }) => source,
  },
  {
    key: "description",
    title: "What it does",
    cell: ({ description, expected }) => (
      <>
        <Text>{plainWords(description)}</Text> <span class="hint">{`Takes ${plainWords(expected)}.`}</span>
      </>
    ),
  },
];

/** What this daemon runs with: each variable, its value, and where that came from. */
export function Configuration() {
  const config = useResource<ConfigList>("/api/config");
  return (
    <>
      <PageHead title="Configuration">
        What this daemon runs with. A change needs a restart; secrets are never shown.
      </PageHead>
      <Loaded of={config} rows={12}>
        {(list) => <Variables {...list} />}
      </Loaded>
    </>
  );
}

function Variables({ variables, fleet_file, bot_kinds, topics }: ConfigList) {
  const isChangedOnly = parameter("changed") === "1";
  const shown = variables.filter((row) => (!isChangedOnly || row.is_changed) && fits(row, parameter("search")));
  const changed = variables.filter(({ is_changed }) => is_changed).length;
  return (
    <>
      <Facts
        facts={[
          ["Variables", `${formatCount(variables.length)}, changed ${formatCount(changed)}`],
          ["Fleet file", fleet_file === null ? "none" : <Text key="file">{fleet_file}</Text>],
          ["Kinds of bots", <Text key="kinds">{bot_kinds.join(", ")}</Text>],
          ...Object.entries(topics).map(
            ([name, topic]) => [`Topic: ${name}`, <Text key={name}>{topic}</Text>] as const,
          ),
        ]}
      />
      <Section
        title="What is set"
        actions={
          <Button
            onPress={() => copy(envLines(shown))}
          >{`Copy ${plural(shown.length, "line")} without secrets`}</Button>
        }
      >
        <FilterBar label="Filter variables">
          <TextFilter name="search" label="Name, value or words" />
          <Switch
            label="Changed only"
            isOn={isChangedOnly}
            onSwitch={(isOn) => setParameters({ changed: isOn ? "1" : "" })}
          />
        </FilterBar>
        <Table
          label="Variables"
          rows={shown}
          rowKey={({ variable }) => variable}
          columns={COLUMNS}
          empty={
            <Empty title="No variable fits">
              {isChangedOnly ? "Everything else is as it is by default." : "Another word may find one."}
            </Empty>
          }
        />
      </Section>
    </>
  );
}
