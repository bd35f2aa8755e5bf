import { type Signal, useSignal } from "@preact/signals";
import type { MessageBody, MessagePageBody, MessageSummaryBody } from "@shoal/bot-service/bodies";
import { api, role } from "../../api.ts";
import { formatBytes, formatCount, plural } from "../../format.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { FilterBar, TextFilter } from "../../parts/filter-bar.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Loaded, Outcome } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { Json, Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { addressOf, parameter } from "../../router.ts";
import { useAction } from "../../use-action.ts";
import { type List, useList } from "../../use-list.ts";
import { useResource } from "../../use-resource.ts";
import { EFFECTS, type LetterAction, TITLES } from "../jobs/act-words.ts";
import { ActButtons, ActLine, Acts, useActing, useActs } from "../jobs/acts.tsx";

interface Place {
  readonly queue: string;
  readonly isDead: boolean;
}

const pathOf = (queue: string) => `/api/queues/${encodeURIComponent(queue)}`;

/** One queue: what lies in it, and its dead letters. Looking takes nothing out. */
export function OneQueue({ queue }: { readonly queue: string }) {
  return (
    <>
      <PageHead title={queue} above={<a href={addressOf("/queues")}>Queues</a>}>
        Looked at without reading from it: no consumer misses a message for it.
      </PageHead>
      <Tabs
        label={`What lies in ${queue}`}
        tabs={[
          { id: "dead", title: "Dead letters", view: () => <Letters queue={queue} /> },
          { id: "messages", title: "Messages", view: () => <Waiting queue={queue} /> },
        ]}
      />
    </>
  );
}

function useMessages({ queue, isDead }: Place, errorCode = ""): List<MessageSummaryBody> {
  return useList<MessageSummaryBody, MessagePageBody>({
    path: `${pathOf(queue)}/messages`,
    query: { dead: isDead, error_code: errorCode, limit: 100 },
    rows: ({ messages }) => messages,
    after: ({ next }) => (next === null ? null : { after: next }),
    key: ({ id }) => id,
  });
}

const columnsOf = ({ isDead }: Place, shown: Signal<string | null>): readonly Column<MessageSummaryBody>[] => [
  { key: "id", title: "Message", cell: ({ id }) => id, width: "7rem" },
  { key: "reads", title: "Reads", cell: ({ read_count }) => formatCount(read_count), width: "5rem", isNumber: true },
  isDead
    ? { key: "died", title: "Died", cell: ({ died_at }) => <Time at={died_at} />, width: "8rem" }
    : { key: "visible", title: "Readable", cell: ({ visible_at }) => <Time at={visible_at} />, width: "8rem" },
  { key: "sent", title: "Sent", cell: ({ enqueued_at }) => <Time at={enqueued_at} />, width: "8rem", isMinor: true },
  {
    ...{ key: "size", title: "Size", width: "6rem", isNumber: true, isMinor: true },
    cell: ({ stored_bytes }) => formatBytes(stored_bytes),
  },
  {
    key: "error",
    title: isDead ? "Why it is dead" : "Error",
    cell: ({ code, message }) =>
      code !== null && (
        <>
          <code class="code-name">
            <Text>{code}</Text>
          </code>{" "}
          {message !== null && <Text>{message}</Text>}
        </>
      ),
  },
  {
    key: "payload",
    title: "Payload",
    cell: ({ id }) => (
      <Button
        kind="quiet"
        label={`Show the payload of message ${id}`}
        onPress={() => {
          shown.value = id;
        }}
      >
        Show
      </Button>
    ),
    width: "6.5rem",
  },
];

function Waiting({ queue }: { readonly queue: string }) {
  const at: Place = { queue, isDead: false };
  const list = useMessages(at);
  const shown = useSignal<string | null>(null);
  return (
    <>
      <FilterBar label="Messages" list={list}>
        <p class="hint">
          The oldest first. A message that is readable later is being worked on, or waits for its next try.
        </p>
      </FilterBar>
      <Table
        label="Messages"
        list={list}
        columns={columnsOf(at, shown)}
        empty={<Empty title="The queue is empty">Messages that were worked off are in its archive.</Empty>}
      />
      <PayloadDialog place={at} shown={shown} />
    </>
  );
}

interface Deed {
  readonly action: LetterAction;
  readonly ids: readonly string[];
}

/** Of one request. */
const SELECTED_MAX = 1000;

function Letters({ queue }: { readonly queue: string }) {
  const at: Place = { queue, isDead: true };
  const errorCode = parameter("error_code");
  const list = useMessages(at, errorCode);
  const shown = useSignal<string | null>(null);
  const selection = useSignal<ReadonlySet<string>>(new Set());
  const acts = useActs(queue, list.refresh);
  const acting = useActing(acts);
  const deed = useAction<Deed, { readonly count: number }>({
    act: ({ action, ids }) => api.post(`${pathOf(queue)}/letters`, { action, message_ids: ids }),
    confirm: ({ action, ids }) =>
      action === "delete"
        ? {
            title: `Delete ${plural(ids.length, "dead letter")}?`,
            body: EFFECTS.delete,
            action: `Delete ${plural(ids.length, "dead letter")}`,
            isDangerous: true,
          }
        : null,
    done: ({ count }, { action }) =>
      `${plural(count, "dead letter")} ${action === "delete" ? "deleted" : "back in the queue"}.`,
    async after() {
      selection.value = new Set();
      await list.refresh();
    },
  });
  const { size } = selection.value;
  return (
    <>
      <FilterBar label="Dead letters" list={list}>
        <TextFilter name="error_code" label="Error code" placeholder="JOB_TIME_LIMIT" />
        <ActButtons
          acting={acting}
          actions={["redrive", "delete"]}
          words="all that match"
          request={(action) => ({ action, queue, filter: errorCode === "" ? {} : { error_code: errorCode } })}
        />
      </FilterBar>
      <Outcome of={acting.outcome.value} />
      <ActLine acts={acts} />
      {role.value === "operator" && (
        <section class="selection" aria-label="Selected dead letters">
          <span aria-live="polite">{size === 0 ? "Nothing is selected." : `${formatCount(size)} selected.`}</span>
          {(["redrive", "delete"] as const).map((action) => (
            <Button
              key={action}
              isChange
              title={EFFECTS[action]}
              isDisabled={size === 0}
              isBusy={deed.isBusy.value}
              onPress={() => deed.run({ action, ids: [...selection.peek()].slice(0, SELECTED_MAX) })}
            >
              {`${TITLES[action]} selected`}
            </Button>
          ))}
          <Outcome of={deed.outcome.value} />
        </section>
      )}
      <Table
        label="Dead letters"
        list={list}
        columns={columnsOf(at, shown)}
        rowName={({ id }) => `dead letter ${id}`}
        selection={role.value === "operator" ? selection : undefined}
        empty={
          <Empty title={errorCode === "" ? "There are no dead letters" : "No dead letter has that error code"}>
            A message is one after five failed tries.
          </Empty>
        }
      />
      <Acts acts={acts} />
      <PayloadDialog place={at} shown={shown} />
    </>
  );
}

/** The payload of one message, which may be a megabyte and somebody's data: read when it is asked for. */
function PayloadDialog({ place, shown }: { readonly place: Place; readonly shown: Signal<string | null> }) {
  const id = shown.value;
  return (
    <Dialog
      title={`Message ${id ?? ""}`}
      isOpen={id !== null}
      isWide
      onClose={() => {
        shown.value = null;
      }}
    >
      {id !== null && <Payload place={place} id={id} />}
    </Dialog>
  );
}

function Payload({ place: { queue, isDead }, id }: { readonly place: Place; readonly id: string }) {
  const found = useResource<MessageBody>(`${pathOf(queue)}/message`, { message_id: id, dead: isDead });
  return (
    <Loaded of={found}>
      {({ payload, is_too_large: isTooLarge }) =>
        isTooLarge ? (
          <p>It is larger than a message may be, and not shown.</p>
        ) : (
          <Json label="Payload" value={payload} />
        )
      }
    </Loaded>
  );
}
