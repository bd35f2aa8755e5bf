import { useSignal } from "@preact/signals";
import type {
  BotHistory,
  BotList,
  BotRow,
  CommandList,
  CommandSummary,
  Deployment,
  DeploymentDetail,
  DeploymentPage,
} from "@shoal/bot-service/bodies";
import { formatCount, formatDuration, NOTHING } from "../../format.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Facts, Section } from "../../parts/facts.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Failed, Loading } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Id, Json, Text } from "../../parts/text.tsx";
import { Since, Time } from "../../parts/time.tsx";
import { addressOf } from "../../router.ts";
import { type List, useList } from "../../use-list.ts";
import { useResource } from "../../use-resource.ts";
import { CommandBar, useCommands } from "./actions.tsx";
import { SettingsDialog } from "./deploy.tsx";
import { FollowedCommands, Why } from "./followed.tsx";
import { BOT_STATES, BOT_TONES, STATUS_TONES, standingOf } from "./words.ts";

/** What is shown is read again this often. */
const REFRESH_MS = 2000;

/** One bot: how it is here, how its deployment stands, and what it went through. Shown when all of it is there, so that nothing moves. */
export function Bot({ botId }: { readonly botId: string }) {
  const here = useResource<BotList>("/api/bots", { bot_id: botId }, REFRESH_MS);
  const found = useResource<DeploymentPage>(
    "/api/bot/deployments",
    { ids: JSON.stringify([botId]), only: "bots" },
    REFRESH_MS,
  );
  const states = useResource<BotHistory>(`/api/bots/${encodeURIComponent(botId)}/history`, {}, REFRESH_MS);
  const commands = useList<CommandSummary, CommandList>({
    path: "/api/bot/commands",
    query: { bot_id: botId, limit: 20 },
    rows: ({ commands: all }) => all,
    next: ({ commands: all }, last) => (all.length < 20 ? null : { before: last.id }),
    key: ({ id }) => id,
  });
  const row = here.value.value?.bots[0];
  const deployment = found.value.value?.deployments[0];
  const changes = states.value.value?.changes;
  const isRead = here.value.value !== null && found.value.value !== null && changes !== undefined;
  const error = here.error.value ?? found.error.value ?? states.error.value;
  const isWhole = isRead && (commands.state.value.pageCount > 0 || commands.state.value.error !== null);
  return (
    <>
      <PageHead title={row?.name ?? deployment?.name ?? botId} above={<a href={addressOf("/fleet")}>Fleet</a>} />
      <p class="hint">
        <Text>{botId}</Text>
      </p>
      {error && <Failed error={error} onRetry={here.refresh} isStale={isRead} />}
      {!isWhole && !error && <Loading rows={12} />}
      {isWhole && !row && !deployment && (
        <Empty title="No bot of this id is known here">
          It has ended, or another replica runs it: a bot of the fleet is known to its own replica alone.
        </Empty>
      )}
      {isWhole && row && <Here {...row} />}
      {isWhole && deployment && <Deployed summary={deployment} onChange={found.refresh} />}
      <FollowedCommands />
      {isWhole && <History changes={changes} commands={commands} />}
    </>
  );
}

function Here({ state, since, is_paused, crashes, kind, number, match_id, room_id, ...rest }: BotRow) {
  return (
    <Section title="In this daemon">
      <p>
        <Badge tone={BOT_TONES[state]}>{state}</Badge> {is_paused && <Badge tone="off">paused</Badge>}{" "}
        {state === "idle" && is_paused ? "It takes no conversation." : BOT_STATES[state]}
      </p>
      <Facts
        facts={[
          ["In this state for", <Since key="since" at={since} />],
          ["Kind", <Text key="kind">{kind}</Text>],
          ["Number in the fleet", number === null ? "none: it was deployed" : formatCount(number)],
          ["Match", match_id === null ? NOTHING : <Id key="match">{match_id}</Id>],
          ["Room", room_id === null ? NOTHING : <RoomOf key="room" {...rest} room_id={room_id} />],
          ["Partner", rest.partner_id === null ? NOTHING : <Text key="partner">{rest.partner_id}</Text>],
          ["Crashes in 5 min", formatCount(crashes)],
          ["Last crash", rest.last_error === null ? "none known" : <Why key="error" code={rest.last_error} />],
          ...(rest.until === null ? [] : ([["Starts again", <Time key="until" at={rest.until} />]] as const)),
        ]}
      />
    </Section>
  );
}

function RoomOf({
  room_id,
  is_in_room,
  is_partner_present,
}: Pick<BotRow, "is_in_room" | "is_partner_present"> & { readonly room_id: string }) {
  const presence = is_partner_present ? "partner present" : "partner not seen";
  return (
    <>
      <Id>{room_id}</Id> {is_in_room ? `joined, ${presence}` : "not joined"}
    </>
  );
}

function Deployed({ summary, onChange }: { readonly summary: Deployment; readonly onChange: () => unknown }) {
  const detail = useResource<DeploymentDetail>(
    `/api/bot/deployments/${encodeURIComponent(summary.bot_id)}`,
    {},
    REFRESH_MS,
  );
  const isEditing = useSignal(false);
  const commanding = useCommands(onChange);
  const { lease, waiting_commands } = detail.value.value ?? { lease: null, waiting_commands: 0 };
  const { status, desired, replica, last_error } = summary;
  return (
    <Section title="Deployment" actions={<CommandBar commanding={commanding} botIds={() => [summary.bot_id]} />}>
      <p>
        <Badge tone={STATUS_TONES[status]}>{status}</Badge>{" "}
        {detail.value.value && standingOf({ ...summary, lease, waiting_commands })}
      </p>
      <Facts
        facts={[
          ["Wanted", desired],
          ["In this status for", <Since key="since" at={summary.status_at} />],
          ["Run by replica", replica === null ? "none" : <Id key="replica">{replica}</Id>],
          ["Lease", lease === null ? "nobody's" : <LeaseOf key="lease" {...lease} />],
          ["Last error", last_error === null ? "none" : <Why key="error" code={last_error} />],
          ["Commands that wait", formatCount(waiting_commands)],
          ["Owner", summary.owner_id === null ? "the operator" : <Id key="owner">{summary.owner_id}</Id>],
          ["Generation", formatCount(summary.generation)],
          ["Deployed", <Time key="deployed" at={summary.created_at} />],
          ["Last changed", <Time key="changed" at={summary.updated_at} />],
        ]}
      />
      <div class="section-head">
        <h3>Settings</h3>
        <Button
          isChange
          onPress={() => {
            isEditing.value = true;
          }}
        >
          Change settings
        </Button>
      </div>
      <Json label="Settings" value={summary.config} />
      <SettingsDialog bot={summary} isOpen={isEditing} onDone={onChange} />
    </Section>
  );
}

/** Short, so that it takes one line as it does before it is read. */
function LeaseOf({ holder, expires_in_ms }: NonNullable<DeploymentDetail["lease"]>) {
  const left =
    expires_in_ms > 0 ? `${formatDuration(expires_in_ms)} left` : `over for ${formatDuration(-expires_in_ms)}`;
  return (
    <>
      <Id>{holder}</Id> {left}
    </>
  );
}

const COMMAND_COLUMNS: readonly Column<CommandSummary>[] = [
  { key: "at", title: "Given", cell: ({ created_at }) => <Time at={created_at} />, width: "8rem" },
  { key: "command", title: "Command", cell: ({ command }) => <Text>{command}</Text> },
  { key: "by", title: "By", cell: ({ issued_by }) => (issued_by === null ? "operator" : <Id>{issued_by}</Id>) },
  {
    key: "outcome",
    title: "Outcome",
    cell: ({ outcome, error }) =>
      outcome === null ? (
        <Badge tone="info">waits</Badge>
      ) : (
        <>
          <Badge tone={outcome === "applied" ? "good" : "bad"}>{outcome}</Badge>{" "}
          {error !== null && <Text>{error}</Text>}
        </>
      ),
  },
  {
    key: "took",
    title: "Took",
    cell: ({ created_at, applied_at }) =>
      applied_at === null ? NOTHING : formatDuration(Date.parse(applied_at) - Date.parse(created_at)),
    isNumber: true,
    isMinor: true,
  },
];

function History({
  changes,
  commands,
}: {
  readonly changes: BotHistory["changes"];
  readonly commands: List<CommandSummary>;
}) {
  return (
    <>
      <Section title="What it went through here">
        {changes.length === 0 ? (
          <Empty title="Nothing is remembered">
            This daemon remembers the last changes of bots that it runs, since its start.
          </Empty>
        ) : (
          <Table
            label="States, the latest first"
            rows={changes.map((change, index) => ({ ...change, index })).toReversed()}
            rowKey={({ index }) => `${index}`}
            columns={CHANGE_COLUMNS}
          />
        )}
      </Section>
      <Section title="Commands to it">
        <Table
          label="Commands, the latest first"
          list={commands}
          columns={COMMAND_COLUMNS}
          empty={<Empty title="No command was given to it">The last 90 days are kept.</Empty>}
        />
      </Section>
    </>
  );
}

const CHANGE_COLUMNS: readonly Column<BotHistory["changes"][number]>[] = [
  { key: "at", title: "At", cell: ({ at }) => <Time at={at} as="clock" />, width: "7rem" },
  {
    key: "state",
    title: "State",
    cell: ({ state, error_code }) => (
      <>
        <Badge tone={state === "crashed" ? "bad" : (BOT_TONES[state as BotRow["state"]] ?? "off")}>{state}</Badge>{" "}
        <Why code={error_code} />
      </>
    ),
  },
  { key: "match", title: "Match", cell: ({ match_id }) => match_id && <Id>{match_id}</Id> },
];
