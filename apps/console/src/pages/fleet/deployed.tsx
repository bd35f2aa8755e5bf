import { type Signal, useSignal } from "@preact/signals";
import type { Deployment, DeploymentPage } from "@shoal/bot-service/bodies";
import { useEffect } from "preact/hooks";
import { api } from "../../api.ts";
import { formatCount, plural } from "../../format.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { ChoiceFilter, FilterBar, TextFilter } from "../../parts/filter-bar.tsx";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Id, Text } from "../../parts/text.tsx";
import { Since } from "../../parts/time.tsx";
import { parameter } from "../../router.ts";
import { useAction } from "../../use-action.ts";
import { useList } from "../../use-list.ts";
import { CommandBar, type Commanding, CommandMenu, useCommands } from "./actions.tsx";
import { DeployDialog } from "./deploy.tsx";
import { batches } from "./follow.ts";
import { botPath } from "./here.tsx";
import { STATUS_TONES } from "./words.ts";

const PATH = "/api/bot/deployments";
const STATUSES = Object.keys(STATUS_TONES) as Deployment["status"][];
/** What one selection may hold; more are commanded by the API. */
const SELECTED_MAX = 10_000;

const columnsOf = (commanding: Commanding): readonly Column<Deployment>[] => [
  { key: "name", title: "Name", cell: ({ name }) => <Text>{name}</Text>, width: "18%" },
  { key: "id", title: "Id", cell: ({ bot_id }) => <Text>{bot_id}</Text>, width: "20%", isMinor: true },
  {
    key: "status",
    title: "Status",
    cell: ({ status }) => <Badge tone={STATUS_TONES[status]}>{status}</Badge>,
    width: "8.5rem",
  },
  { key: "desired", title: "Wanted", cell: ({ desired }) => desired, width: "6.5rem", isMinor: true },
  { key: "for", title: "For", cell: ({ status_at }) => <Since at={status_at} />, width: "7.5rem", isNumber: true },
  {
    key: "replica",
    title: "Replica",
    cell: ({ replica }) => replica && <Id>{replica}</Id>,
    width: "7rem",
    isMinor: true,
  },
  {
    key: "error",
    title: "Last error",
    cell: ({ last_error }) =>
      last_error && (
        <code class="code-name">
          <Text>{last_error}</Text>
        </code>
      ),
  },
  {
    key: "act",
    title: "Commands",
    cell: ({ bot_id }) => <CommandMenu commanding={commanding} botId={bot_id} />,
    width: "7rem",
  },
];

/** The bots that commands have deployed, whichever replica runs them, with the commands to them. */
export function DeployedBots() {
  const query = { search: parameter("search"), status: parameter("status"), only: "bots" };
  const list = useList<Deployment, DeploymentPage>({
    path: PATH,
    query: { ...query, limit: 500 },
    rows: ({ deployments }) => deployments,
    after: ({ next }) => (next === null ? null : { before: next }),
    key: ({ bot_id }) => bot_id,
  });
  const selection = useSignal<ReadonlySet<string>>(new Set());
  const isDeploying = useSignal(false);
  const commanding = useCommands(() => list.refresh());
  const { refresh } = list;
  // What was commanded shows here as it takes effect.
  useEffect(() => void refresh(), [batches.value, refresh]);
  const isFiltered = query.search !== "" || query.status !== "";
  return (
    <>
      <FilterBar label="Filter deployed bots" list={list}>
        <TextFilter name="search" label="Name or id" />
        <ChoiceFilter
          name="status"
          label="Status"
          choices={[["", "All"], ...STATUSES.map((each) => [each, each] as const)]}
        />
        <Button
          kind="primary"
          isChange
          onPress={() => {
            isDeploying.value = true;
          }}
        >
          Deploy a bot
        </Button>
      </FilterBar>
      <Selection selection={selection} query={query} commanding={commanding} />
      <Table
        label="Deployed bots"
        list={list}
        columns={columnsOf(commanding)}
        rowLink={({ bot_id }) => botPath(bot_id)}
        rowName={({ name, bot_id }) => `${name}, ${bot_id}`}
        selection={selection}
        isWindowed
        empty={
          <Empty title={isFiltered ? "No deployed bot fits" : "No bot is deployed"}>
            {isFiltered
              ? "Another search, or another status, may find some."
              : "A deployed bot has a name of your own, and stays until it is stopped. Bots that come and go with people need none."}
          </Empty>
        }
      />
      <DeployDialog
        isOpen={isDeploying}
        onClose={() => {
          isDeploying.value = false;
          void list.refresh();
        }}
      />
    </>
  );
}

/** What is chosen, and what may be done with it. Its room is kept while nothing is. */
function Selection({
  selection,
  query,
  commanding,
}: {
  readonly selection: Signal<ReadonlySet<string>>;
  readonly query: { readonly search: string; readonly status: string };
  readonly commanding: Commanding;
}) {
  const all = useAction<null, ReadonlySet<string>>({
    act: () => idsOf(query),
    done: (ids) => `${plural(ids.size, "bot")} selected${ids.size >= SELECTED_MAX ? ", of more" : ""}.`,
    after: (ids) => {
      selection.value = ids;
    },
  });
  const { size } = selection.value;
  return (
    <section class="selection" aria-label="Selected bots">
      <span aria-live="polite">{size === 0 ? "Nothing is selected." : `${formatCount(size)} selected.`}</span>
      <Button kind="quiet" isBusy={all.isBusy.value} onPress={() => all.run(null)}>
        Select all that fit
      </Button>
      <Button
        kind="quiet"
        isDisabled={size === 0}
        onPress={() => {
          selection.value = new Set();
        }}
      >
        Select none
      </Button>
      <CommandBar commanding={commanding} botIds={() => [...selection.peek()]} isDisabled={size === 0} />
    </section>
  );
}

/** Reads the ids of all bots that fit a filter, page by page. */
async function idsOf(query: { readonly search: string; readonly status: string }): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let before: string | undefined;
  do {
    const page: DeploymentPage = await api.get(PATH, { ...query, limit: 1000, before });
    for (const { bot_id } of page.deployments) ids.add(bot_id);
    before = page.next ?? undefined;
  } while (before !== undefined && ids.size < SELECTED_MAX);
  return ids;
}
