import { useSignal } from "@preact/signals";
import type { JobPageBody, JobSummaryBody } from "@shoal/bot-service/bodies";
import { DAY_MS, HOUR_MS } from "@shoal/kernel";
import { clock } from "../adapters/browser.ts";
import { formatCount } from "../format.ts";
import { Badge } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Select } from "../parts/field.tsx";
import { ChoiceFilter, FilterBar, TextFilter } from "../parts/filter-bar.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Outcome } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Text } from "../parts/text.tsx";
import { Time } from "../parts/time.tsx";
import { parameter, place, setParameters } from "../router.ts";
import { type List, useList } from "../use-list.ts";
import { actionsFor, JOB_TONES } from "./jobs/act-words.ts";
import { ActButtons, ActLine, Acts, useActing, useActs } from "./jobs/acts.tsx";
import { OneJob } from "./jobs/job.tsx";

const COLUMNS: readonly Column<JobSummaryBody>[] = [
  { key: "id", title: "Job", cell: ({ id }) => id, width: "7rem" },
  { key: "type", title: "Type", cell: ({ type }) => <Text>{type}</Text>, width: "20%" },
  {
    key: "status",
    title: "Status",
    cell: ({ status }) => <Badge tone={JOB_TONES[status]}>{status}</Badge>,
    width: "9rem",
  },
  { key: "tries", title: "Tries", cell: (job) => `${job.attempts}/${job.max_attempts}`, width: "5rem", isNumber: true },
  { key: "due", title: "Due", cell: ({ run_at }) => <Time at={run_at} />, width: "8rem" },
  {
    key: "changed",
    title: "Changed",
    cell: ({ updated_at }) => <Time at={updated_at} />,
    width: "8rem",
    isMinor: true,
  },
  {
    key: "priority",
    title: "Priority",
    cell: ({ priority }) => priority,
    width: "5.5rem",
    isNumber: true,
    isMinor: true,
  },
  { key: "error", title: "Last error", cell: ({ last_error }) => last_error !== null && <Text>{last_error}</Text> },
];

/** The jobs: a list with filters, deeds on what is chosen or on all that match, and each job by itself under its id. */
export function Jobs() {
  const id = place.value.path.split("/")[2] ?? "";
  return id === "" ? <JobList /> : <OneJob key={id} id={id} />;
}

function JobList() {
  const filter = filterInAddress();
  const list = useList<JobSummaryBody, JobPageBody>({
    path: "/api/jobs",
    query: { ...filter, limit: 200 },
    rows: ({ jobs }) => jobs,
    after: ({ next }) => (next === null ? null : { before: next }),
    key: ({ id }) => id,
  });
  const selection = useSignal<ReadonlySet<string>>(new Set());
  const acts = useActs(null, list.refresh);
  const acting = useActing(acts);
  const actions = actionsFor(filter["status"] ?? "");
  const { size } = selection.value;
  const ids = () => [...selection.peek()].slice(0, SELECTED_MAX);
  return (
    <>
      <PageHead title="Jobs">Work that was asked for, and how it went.</PageHead>
      <Filters list={list} />
      <section class="selection" aria-label="Deeds">
        <ActButtons
          acting={acting}
          actions={actions}
          words="all that match"
          request={(action) => ({ action, filter })}
        />
        <span aria-live="polite">{size === 0 ? "Nothing is selected." : `${formatCount(size)} selected.`}</span>
        <Button
          kind="quiet"
          isDisabled={size === 0}
          onPress={() => {
            selection.value = new Set();
          }}
        >
          Select none
        </Button>
        <ActButtons
          acting={acting}
          actions={actions.filter((action) => action !== "redrive")}
          words="selected"
          isDisabled={size === 0}
          request={(action) => ({ action, filter: { ids: ids() } })}
        />
        <Outcome of={acting.outcome.value} />
      </section>
      <ActLine acts={acts} />
      <Table
        label="Jobs"
        list={list}
        columns={COLUMNS}
        rowLink={({ id }) => `/jobs/${id}`}
        rowName={({ id }) => `job ${id}`}
        selection={selection}
        isWindowed
        empty={
          <Empty title={Object.keys(filter).length === 0 ? "There are no jobs" : "No job matches"}>
            Jobs that have been over for some days are in the archive: open one by its id.
          </Empty>
        }
      />
      <Acts acts={acts} />
    </>
  );
}

/** As many as one act takes by name. */
const SELECTED_MAX = 1000;

/** Ages by which jobs are left out; the instant stands in the address beside, so that the list and an act mean the same jobs. */
const AGES: readonly (readonly [value: string, title: string, ageMs: number])[] = [
  ["", "At any time", 0],
  ["hour", "Over an hour ago", HOUR_MS],
  ["day", "Over a day ago", DAY_MS],
  ["week", "Over a week ago", 7 * DAY_MS],
];

/** Reads what the address says, as the API takes it. */
function filterInAddress(): Readonly<Record<string, string>> {
  const names = ["status", "type", "error_code", "created_before"];
  return Object.fromEntries(names.flatMap((name) => (parameter(name) === "" ? [] : [[name, parameter(name)]])));
}

function Filters({ list }: { readonly list: List<JobSummaryBody> }) {
  const chooseAge = (value: string) => {
    const ageMs = AGES.find(([each]) => each === value)?.[2] ?? 0;
    const before = ageMs === 0 ? "" : new Date(clock.now() - ageMs).toISOString();
    setParameters({ age: value, created_before: before });
  };
  return (
    <FilterBar label="Filter jobs" list={list}>
      <ChoiceFilter
        name="status"
        label="Status"
        choices={[["", "All"], ...Object.keys(JOB_TONES).map((each) => [each, each] as const)]}
      />
      <TextFilter name="type" label="Type" placeholder="the whole of it" />
      <TextFilter name="error_code" label="Error code" placeholder="JOB_TIME_LIMIT" />
      <Select
        label="Added"
        value={parameter("age")}
        onChoose={chooseAge}
        choices={AGES.map(([value, title]) => [value, title] as const)}
      />
    </FilterBar>
  );
}
