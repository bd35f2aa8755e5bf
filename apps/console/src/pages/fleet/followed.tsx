import { Badge, type Tone } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Section } from "../../parts/facts.tsx";
import { Failed } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { type Batch, batches, clearFinished, followError } from "./follow.ts";
import { type Followed, isFinal, type Progress, summaryOf } from "./follow-state.ts";
import { meaningOf, STATUS_TONES } from "./words.ts";

/** The commands that were given in this tab, with what became of them. */
export function FollowedCommands() {
  const all = batches.value;
  if (all.length === 0) return null;
  return (
    <Section
      title="Commands given here"
      actions={
        <Button kind="quiet" onPress={clearFinished} isDisabled={!all.some(({ items }) => items.every(isFinal))}>
          Clear what is finished
        </Button>
      }
    >
      {followError.value && <Failed error={followError.value} isStale />}
      <ul class="followed">
        {all.map((batch) => (
          <li key={batch.number}>
            <OneBatch {...batch} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function OneBatch({ title, givenAtMs, items }: Batch) {
  const { text, isBad } = summaryOf(items);
  const isOver = items.every(isFinal);
  const [only] = items;
  const tone: Tone = isBad ? "bad" : isOver ? "good" : "info";
  if (items.length === 1 && only) {
    return (
      <div class="followed-line">
        <strong>{title}</strong> <Text>{only.botId}</Text> <ProgressOf of={only.progress} /> <Time at={givenAtMs} />
      </div>
    );
  }
  return (
    <details open={isBad}>
      <summary class="followed-line">
        <strong>{title}</strong> {`${items.length} bots`} <Badge tone={tone}>{text}</Badge> <Time at={givenAtMs} />
      </summary>
      <Table
        label={`${title}: bots`}
        rows={items}
        rowKey={({ commandId }) => commandId}
        columns={COLUMNS}
        isWindowed={items.length > 50}
      />
    </details>
  );
}

const COLUMNS: readonly Column<Followed>[] = [
  { key: "bot", title: "Bot", cell: ({ botId }) => <Text>{botId}</Text>, width: "40%" },
  { key: "progress", title: "Outcome", cell: ({ progress }) => <ProgressOf of={progress} /> },
];

function ProgressOf({ of: progress }: { readonly of: Progress }) {
  switch (progress.kind) {
    case "waiting":
      return <Badge tone="info">waits to be applied</Badge>;
    case "applied":
      return (
        <>
          <Badge tone="info">{`applied; the bot is ${progress.status}`}</Badge> <Why code={progress.lastError} />
        </>
      );
    case "done":
      return (
        <Badge tone={progress.status === "removed" ? "off" : STATUS_TONES[progress.status]}>{progress.status}</Badge>
      );
    case "overtaken":
      return <Badge tone="off">applied, and overtaken by a later command</Badge>;
    case "crashed":
      return (
        <>
          <Badge tone="bad">{progress.status}</Badge> <Why code={progress.lastError} />
        </>
      );
    case "rejected":
      return (
        <>
          <Badge tone="bad">rejected</Badge> <Text>{progress.message}</Text>{" "}
          <code class="code-name">
            <Text>{progress.code}</Text>
          </code>
        </>
      );
  }
}

/** The last error of a bot: what it means, where that is known, and its code. */
export function Why({ code }: { readonly code: string | null }) {
  if (code === null) return null;
  return (
    <>
      {meaningOf(code)}{" "}
      <code class="code-name">
        <Text>{code}</Text>
      </code>
    </>
  );
}
