import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { formatCount, inWords, plural } from "../format.ts";
import { filtered, LEVELS, type Level, type LogFilter, levelOf, lineOf, textOf } from "../log-view.ts";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Facts } from "../parts/facts.tsx";
import { ChoiceFilter, FilterBar, TextFilter } from "../parts/filter-bar.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { copy, Json, Text } from "../parts/text.tsx";
import { Time } from "../parts/time.tsx";
import { parameter } from "../router.ts";
import { entries, snapshot } from "../stream.ts";
import type { Entry } from "../stream-state.ts";

const TONES: Readonly<Record<Level, Tone>> = { debug: "off", info: "off", warn: "warn", error: "bad" };

/** What happens in this daemon: events and the lines of its log, as they come. */
export function Events() {
  const opened = useSignal<Entry | null>(null);
  const { all, newer, isPaused, isScrolled, isFocused } = useHeld();
  const box = useRef<HTMLDivElement>(null);
  const shown = filtered(all, filterOfAddress()).toReversed();
  const goOn = () => {
    isPaused.value = false;
    box.current?.querySelector(".table-box")?.scrollTo(0, 0);
  };
  return (
    <>
      <PageHead title="Events and log">
        What happens in this replica, from the latest on. Older lines are in its log.
      </PageHead>
      <FilterBar label="Filter events and lines">
        <ChoiceFilter name="kind" label="Kind" choices={KINDS} />
        <ChoiceFilter name="level" label="From level" choices={LEVEL_CHOICES} />
        <TextFilter name="search" label="Search" placeholder="Text, id or type" />
        <LogActions shown={shown} newer={newer} isPaused={isPaused} onGoOn={goOn} />
      </FilterBar>
      <div ref={box} onFocusIn={turn(isFocused, true)} onFocusOut={turn(isFocused, false)}>
        <Table
          label="Events and lines"
          rows={shown}
          rowKey={(_entry, index) => String(index)}
          columns={columnsOf((entry) => {
            opened.value = entry;
          })}
          isWindowed
          onScrolled={(isAtTop) => {
            isScrolled.value = !isAtTop;
          }}
          empty={<NothingShown hasAny={all.length > 0} />}
        />
      </div>
      <Details
        entry={opened.value}
        onClose={() => {
          opened.value = null;
        }}
      />
    </>
  );
}

const turn = (is: Signal<boolean>, value: boolean) => () => {
  is.value = value;
};

/** What is read must not change: the list stays as it was while it is paused, is scrolled, or has the focus. */
function useHeld() {
  const [isPaused, isScrolled, isFocused] = [useSignal(false), useSignal(false), useSignal(false)];
  const held = useSignal<readonly Entry[] | null>(null);
  const isHeld = isPaused.value || isScrolled.value || isFocused.value;
  useEffect(() => {
    held.value = isHeld ? entries.peek() : null;
  }, [isHeld, held]);
  const newer = newerThan(entries.value, held.value);
  return { all: held.value ?? entries.value, newer, isPaused, isScrolled, isFocused };
}

function filterOfAddress(): LogFilter {
  const kind = parameter("kind");
  return {
    kind: kind === "event" || kind === "line" ? kind : "",
    level: LEVELS.find((level) => level === parameter("level")) ?? "debug",
    search: parameter("search"),
  };
}

function LogActions({
  shown,
  newer,
  isPaused,
  onGoOn,
}: {
  readonly shown: readonly Entry[];
  readonly newer: number;
  readonly isPaused: Signal<boolean>;
  readonly onGoOn: () => void;
}) {
  return (
    <div class="log-actions">
      <span class={newer > 0 ? undefined : "no-newer"}>
        <Button kind="quiet" onPress={onGoOn}>
          {`Show ${formatCount(newer)} newer`}
        </Button>
      </span>
      <Button isPressed={isPaused.value} onPress={turn(isPaused, !isPaused.value)}>
        Pause
      </Button>
      <Button onPress={() => copy(shown.map(lineOf).join("\n"))} label={`Copy ${plural(shown.length, "row")}`}>
        Copy
      </Button>
    </div>
  );
}

const KINDS = [
  ["", "Events and lines"],
  ["event", "Events"],
  ["line", "Lines of the log"],
] as const;
const LEVEL_CHOICES = LEVELS.map((level) => [level === "debug" ? "" : level, inWords(level)] as const);

const columnsOf = (open: (entry: Entry) => void): readonly Column<Entry>[] => [
  { key: "at", title: "Time", cell: ({ at }) => <Time at={at} as="clock" />, width: "6.5rem" },
  {
    key: "level",
    title: "Level",
    cell: (entry) => <Badge tone={TONES[levelOf(entry)]}>{levelOf(entry)}</Badge>,
    width: "6rem",
  },
  {
    key: "type",
    title: "Type",
    cell: (entry) => (
      <button type="button" class="link" onClick={() => open(entry)} title="Show all of it">
        <Text>{entry.kind === "event" ? entry.type : entry.kind}</Text>
      </button>
    ),
    width: "11rem",
  },
  { key: "text", title: "What", cell: (entry) => <Text>{textOf(entry)}</Text> },
];

/** Entries that have come since the list was held. */
function newerThan(entries: readonly Entry[], held: readonly Entry[] | null): number {
  if (!held) return 0;
  const last = held.at(-1);
  return last === undefined ? entries.length : entries.length - 1 - entries.lastIndexOf(last);
}

function NothingShown({ hasAny }: { readonly hasAny: boolean }) {
  if (hasAny) return <Empty title="Nothing fits the filter">It is applied to what comes, too.</Empty>;
  return <Empty title={snapshot.value ? "Nothing has happened yet" : "Waiting for the daemon"} />;
}

function Details({ entry, onClose }: { readonly entry: Entry | null; readonly onClose: () => void }) {
  const title = entry ? (entry.kind === "event" ? entry.type : inWords(entry.kind)) : "";
  return (
    <Dialog
      title={title}
      isOpen={entry !== null}
      onClose={onClose}
      isWide
      actions={
        <>
          <Button onPress={() => copy(JSON.stringify(entry, null, 2))}>Copy</Button>
          <Button kind="primary" onPress={onClose}>
            Close
          </Button>
        </>
      }
    >
      {entry && (
        <>
          <Facts
            facts={[
              ["Time", <Time key="at" at={entry.at} as="exact" />],
              ["Level", levelOf(entry)],
              ["Id", <Text key="id">{entry.id}</Text>],
            ]}
          />
          <p>
            <Text>
              {entry.kind === "line" ? entry.msg : entry.kind === "event" ? (entry.subject ?? "") : textOf(entry)}
            </Text>
          </p>
          {entry.kind !== "gap" && (
            <Json label="Fields" value={entry.kind === "event" ? entry.summary : entry.fields} />
          )}
        </>
      )}
    </Dialog>
  );
}
