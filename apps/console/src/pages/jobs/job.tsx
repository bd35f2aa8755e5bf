import { useSignal } from "@preact/signals";
import type { AuditRecordBody, JobBody } from "@shoal/bot-service/bodies";
import { SECOND_MS } from "@shoal/kernel";
import { api } from "../../api.ts";
import { formatCount, formatDuration, inWords, NOTHING } from "../../format.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Facts, Section } from "../../parts/facts.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Loaded, Outcome } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Code, Id, Json, Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { addressOf } from "../../router.ts";
import { useAction } from "../../use-action.ts";
import { useList } from "../../use-list.ts";
import { useResource } from "../../use-resource.ts";
import { actionsFor, EFFECTS, JOB_TONES, TITLES } from "./act-words.ts";

/** How often the job is read again. */
const REFRESH_MS = 5 * SECOND_MS;

type OneAction = "retry" | "cancel";

/** One job: how it stands, what became of its attempts, and its payload where that is asked for. */
export function OneJob({ id }: { readonly id: string }) {
  const path = `/api/jobs/${encodeURIComponent(id)}`;
  const found = useResource<JobBody>(path, { payload: false }, REFRESH_MS);
  const records = useList<AuditRecordBody, { readonly records: readonly AuditRecordBody[] }>({
    path: "/api/jobs/audit",
    query: { job_id: id, limit: 50 },
    rows: ({ records: all }) => all,
    next: ({ records: all }, last) => (all.length < 50 ? null : { before: last.id }),
    key: (record) => record.id,
  });
  const deed = useAction<OneAction, JobBody>({
    act: (action) => api.post(`${path}/${action}`),
    confirm: (action) =>
      action === "cancel"
        ? { title: `Cancel job ${id}?`, body: EFFECTS.cancel, action: `Cancel job ${id}`, isDangerous: true }
        : null,
    done: (_, action) => (action === "cancel" ? `Job ${id} is cancelled.` : `Job ${id} is due now.`),
    after: () => Promise.all([found.refresh(), records.refresh()]),
  });
  return (
    <>
      <PageHead title={`Job ${id}`} above={<a href={addressOf("/jobs")}>Jobs</a>} />
      <Loaded of={found} rows={8}>
        {(job) => (
          <Section
            title="How it stands"
            actions={actionsFor(job.status)
              .filter((action): action is OneAction => action !== "redrive")
              .map((action) => (
                <Button
                  key={action}
                  kind={action === "cancel" ? "danger" : "primary"}
                  isChange
                  isBusy={deed.isBusy.value}
                  title={EFFECTS[action]}
                  onPress={() => deed.run(action)}
                >
                  {TITLES[action]}
                </Button>
              ))}
          >
            <JobFacts {...job} />
          </Section>
        )}
      </Loaded>
      <Outcome of={deed.outcome.value} />
      <Payload path={path} />
      <Section title="What became of it">
        <Table
          label="Attempts and deeds"
          list={records}
          columns={RECORD_COLUMNS}
          empty={<Empty title="No attempt has failed, and nobody has done anything to it" />}
        />
      </Section>
    </>
  );
}

function JobFacts(job: JobBody) {
  const took = (from: string | null, to: string | null) =>
    from === null || to === null ? NOTHING : formatDuration(Date.parse(to) - Date.parse(from));
  return (
    <>
      <p>
        <Badge tone={JOB_TONES[job.status]}>{job.status}</Badge> <Text>{job.type}</Text>
      </p>
      {job.last_error !== null && <Code label="Last error">{job.last_error}</Code>}
      <Facts
        facts={[
          ["Attempts", `${formatCount(job.attempts)} of ${formatCount(job.max_attempts)}`],
          ["Priority", String(job.priority)],
          ["Unique key", job.unique_key === null ? "none" : <Text key="key">{job.unique_key}</Text>],
          ["Worker", job.worker_id === null ? "none" : <Id key="worker">{job.worker_id}</Id>],
          ["Added", <Time key="added" at={job.created_at} as="exact" />],
          ["Due", <Time key="due" at={job.run_at} as="exact" />],
          ["Begun", <Time key="begun" at={job.started_at} as="exact" />],
          ["Over", <Time key="over" at={job.finished_at} as="exact" />],
          ["Took", took(job.started_at, job.finished_at)],
        ]}
      />
    </>
  );
}

/** The payload, which may be a megabyte and somebody's data: read when it is asked for. */
function Payload({ path }: { readonly path: string }) {
  const isWanted = useSignal(false);
  return (
    <Section
      title="Payload"
      actions={
        <Button
          isPressed={isWanted.value}
          onPress={() => {
            isWanted.value = !isWanted.peek();
          }}
        >
          {isWanted.value ? "Hide the payload" : "Show the payload"}
        </Button>
      }
    >
      {isWanted.value ? <PayloadOf path={path} /> : <p class="hint">Read when you ask for it.</p>}
    </Section>
  );
}

function PayloadOf({ path }: { readonly path: string }) {
  const found = useResource<JobBody>(path);
  return <Loaded of={found}>{({ payload }) => <Json label="Payload" value={payload} />}</Loaded>;
}

const RECORD_COLUMNS: readonly Column<AuditRecordBody>[] = [
  { key: "at", title: "At", cell: ({ at }) => <Time at={at} as="exact" />, width: "15rem" },
  { key: "by", title: "By", cell: ({ actor }) => <Text>{actor}</Text>, width: "6rem" },
  {
    key: "what",
    title: "What",
    cell: ({ action, outcome }) => (
      <Badge tone={outcome === "dead" ? "bad" : outcome === "failed" ? "warn" : "off"}>{inWords(action)}</Badge>
    ),
    width: "8rem",
  },
  { key: "try", title: "Try", cell: ({ attempt }) => formatCount(attempt), width: "4rem", isNumber: true },
  {
    key: "error",
    title: "Error or words",
    cell: ({ code, message }) => (
      <>
        {code !== null && (
          <code class="code-name">
            <Text>{code}</Text>
          </code>
        )}{" "}
        {message !== null && <Text>{message}</Text>}
      </>
    ),
  },
  {
    key: "took",
    title: "Took",
    cell: ({ duration_ms }) => formatDuration(duration_ms),
    width: "6rem",
    isNumber: true,
    isMinor: true,
  },
];
