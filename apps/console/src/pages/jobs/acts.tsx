import type { ActBody, ActCountBody } from "@shoal/bot-service/bodies";
import { printable, SECOND_MS } from "@shoal/kernel";
import { useEffect, useRef } from "preact/hooks";
import { api, role } from "../../api.ts";
import { formatCount, formatPercent } from "../../format.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { confirm } from "../../parts/dialog.tsx";
import { Section } from "../../parts/facts.tsx";
import { Outcome } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { type Action, useAction } from "../../use-action.ts";
import { type List, useList } from "../../use-list.ts";
import { useRepeat } from "../../use-repeat.ts";
import { ACT_TONES, aboutWords, countWords, EFFECTS, progressOf, questionOf, TITLES } from "./act-words.ts";

/** What the API is asked to act on. */
export interface ActRequest {
  readonly action: ActBody["action"];
  readonly queue?: string;
  readonly filter: Readonly<Record<string, string | readonly string[]>>;
}

const whatOf = ({ queue }: ActRequest) => (queue === undefined ? "job" : "dead letter");

const SHOWN_MAX = 5;
/** How often acts are read while one of them is under way. */
const FOLLOW_MS = SECOND_MS;

/** The latest acts on jobs, or on the dead letters of a queue, followed closely while one is under way. `after`: one of them has ended. */
export function useActs(queue: string | null, after: () => unknown): List<ActBody> {
  const acts = useList<ActBody, { readonly acts: readonly ActBody[] }>({
    path: "/api/jobs/acts",
    query: { limit: 50 },
    rows: ({ acts }) => acts.filter((act) => act.queue === queue).slice(0, SHOWN_MAX),
    key: ({ id }) => id,
  });
  const openCount = acts.state.value.rows.filter(({ ended_at }) => ended_at === null).length;
  const before = useRef(openCount);
  useRepeat(acts.refresh, openCount > 0 ? FOLLOW_MS : null);
  useEffect(() => {
    if (openCount < before.current) void after();
    before.current = openCount;
  }, [openCount, after]);
  return acts;
}

/** Counts what a request would act on, asks with the number, and begins the act. */
export function useActing(acts: List<ActBody>): Action<ActRequest> {
  return useAction<ActRequest, string>({
    async act(request) {
      const what = whatOf(request);
      const counted = await api.post<ActCountBody>("/api/jobs/act", { ...request, dry_run: true });
      if (counted.count === 0)
        return `No ${what} matches: there is nothing to ${TITLES[request.action].toLowerCase()}.`;
      if (!(await confirm(questionOf(request.action, counted, what)))) return "Nothing was changed.";
      await api.post<ActBody>("/api/jobs/act", request);
      return `${TITLES[request.action]} ${countWords(counted, what)}: begun.`;
    },
    done: (words) => words,
    after: acts.refresh,
  });
}

/** A button for each action, on what `request` says when it is pressed. */
export function ActButtons({
  acting,
  actions,
  words,
  request,
  isDisabled,
}: {
  readonly acting: Action<ActRequest>;
  readonly actions: readonly ActBody["action"][];
  /** What stands after the name of the action: "all that match". */
  readonly words: string;
  readonly request: (action: ActBody["action"]) => ActRequest;
  readonly isDisabled?: boolean | undefined;
}) {
  if (role.value !== "operator") return null;
  return (
    <>
      {actions.map((action) => (
        <Button
          key={action}
          isChange
          title={EFFECTS[action]}
          isBusy={acting.isBusy.value}
          isDisabled={isDisabled}
          onPress={() => acting.run(request(action))}
        >
          {`${TITLES[action]} ${words}`}
        </Button>
      ))}
    </>
  );
}

const columnsOf = (stop: Action<ActBody>): readonly Column<ActBody>[] => [
  { key: "what", title: "What", cell: (act) => <Text>{titleOf(act)}</Text> },
  {
    key: "status",
    title: "Status",
    cell: ({ status }) => <Badge tone={ACT_TONES[status]}>{status}</Badge>,
    width: "7rem",
  },
  { key: "progress", title: "How far", cell: (act) => <Progress act={act} />, width: "12rem" },
  { key: "by", title: "Asked by", cell: ({ actor }) => <Text>{actor}</Text>, width: "6rem", isMinor: true },
  { key: "at", title: "Asked", cell: ({ asked_at }) => <Time at={asked_at} />, width: "7rem", isMinor: true },
  {
    key: "act",
    title: "Actions",
    cell: (act) => <StopButton act={act} stop={stop} />,
    width: "5rem",
  },
];

const titleOf = (act: ActBody) => `${TITLES[act.action]} ${aboutWords(act)}`;

function StopButton({ act, stop }: { readonly act: ActBody; readonly stop: Action<ActBody> }) {
  if (act.ended_at !== null) return null;
  return (
    <Button
      kind="quiet"
      isChange
      label={printable(`Stop: ${titleOf(act)}`)}
      isBusy={stop.isBusy.value}
      onPress={() => stop.run(act)}
    >
      Stop
    </Button>
  );
}

function Progress({ act }: { readonly act: ActBody }) {
  const progress = progressOf(act);
  return (
    <>
      {act.ended_at === null && (
        <progress value={progress ?? undefined} max={1} aria-label={printable(`How far: ${titleOf(act)}`)} />
      )}{" "}
      {formatCount(act.acted)} done
      {act.skipped > 0 && `, ${formatCount(act.skipped)} left as they were`}
      {act.ended_at === null && progress !== null && `, ${formatPercent(progress)}`}
    </>
  );
}

function useStop(acts: List<ActBody>): Action<ActBody> {
  return useAction<ActBody, ActBody>({
    act: ({ id }) => api.post(`/api/jobs/acts/${id}/stop`),
    done: ({ acted }) => `Stopped; ${formatCount(acted)} were done before.`,
    after: acts.refresh,
  });
}

/** The latest act in a line that keeps its place while there is none. */
export function ActLine({ acts }: { readonly acts: List<ActBody> }) {
  const stop = useStop(acts);
  const [act] = acts.state.value.rows;
  return (
    <section class="act-line" aria-label="The latest act on all that matched">
      {act ? (
        <>
          <Badge tone={ACT_TONES[act.status]}>{act.status}</Badge> <Text>{titleOf(act)}</Text> <Progress act={act} />
          <StopButton act={act} stop={stop} />
        </>
      ) : (
        <span class="hint">What is done to all that match is shown here.</span>
      )}
    </section>
  );
}

/** The latest acts, how far each is, and a way to stop one. Nothing while there were none. */
export function Acts({ acts }: { readonly acts: List<ActBody> }) {
  const stop = useStop(acts);
  const { rows } = acts.state.value;
  if (rows.length === 0) return null;
  return (
    <Section title="Acts on all that matched">
      <Table label="Acts" rows={rows} rowKey={({ id }) => id} columns={columnsOf(stop)} />
      <Outcome of={stop.outcome.value} />
    </Section>
  );
}
