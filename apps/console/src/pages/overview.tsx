import type { ConsoleSnapshot, HistoryBody } from "@shoal/bot-service/bodies";
import { SECOND_MS } from "@shoal/kernel";
import type { ComponentChildren } from "preact";
import { formatBytes, formatCount, formatDecimal, formatDuration, formatPercent, inWords, plural } from "../format.ts";
import { Badge, Shape, type Tone } from "../parts/badge.tsx";
import { Chart } from "../parts/chart.tsx";
import { Facts, Section } from "../parts/facts.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Loading } from "../parts/states.tsx";
import { Id, Text } from "../parts/text.tsx";
import { Since, Time } from "../parts/time.tsx";
import { addressOf } from "../router.ts";
import { ageMs, verdict } from "../status.ts";
import { snapshot, snapshotAt } from "../stream.ts";
import { type Resource, useResource } from "../use-resource.ts";
import { type Reason, STALE_MS } from "../verdict.ts";

/** Is anybody hurt? First the answer, then what is behind it. */
export function Overview() {
  const figures = snapshot.value;
  const history = useResource<HistoryBody>("/api/console/history", HISTORY, 10 * SECOND_MS);
  return (
    <>
      <PageHead title="Overview" />
      <VerdictPanel />
      {figures ? (
        <div class={ageMs.value >= STALE_MS ? "figures stale" : "figures"}>
          <Tiles figures={figures} />
          <Charts history={history} />
          <Readiness figures={figures} />
          <Process figures={figures} />
        </div>
      ) : (
        <Loading rows={12} label="Waiting for the first figures" />
      )}
    </>
  );
}

function VerdictPanel() {
  const { tone, text, reasons } = verdict.value;
  const isStale = ageMs.value >= STALE_MS;
  return (
    <section class={`verdict ${tone}`} aria-label="Is anybody hurt?">
      {/* Read aloud when the answer changes, and not each second: the age of old figures stands outside of it. */}
      <p class="verdict-text" role="status">
        <Shape tone={tone} />
        {isStale ? "Nobody knows: the daemon says nothing." : text}
      </p>
      {isStale && (
        <p class="hint">
          What is shown is of <Time at={snapshotAt.value} as="clock" />, <Since at={snapshotAt.value} /> ago.
        </p>
      )}
      {reasons.length > 0 && (
        <ul class="reasons">
          {reasons.map((reason) => (
            <ReasonLine key={reason.key} reason={reason} />
          ))}
        </ul>
      )}
    </section>
  );
}

function ReasonLine({ reason: { tone, text, detail, since, runbook } }: { readonly reason: Reason }) {
  return (
    <li>
      <Badge tone={tone}>{tone === "bad" ? "critical" : "warning"}</Badge>
      <span class="reason-text">
        <strong>
          <Text>{text}</Text>
        </strong>{" "}
        {detail && <Text>{detail}</Text>}
      </span>
      <span class="hint">
        {since && (
          <>
            for <Since at={since} />
          </>
        )}
      </span>
      {runbook && <a href={addressOf(`/runbooks/${runbook}`)}>What to do</a>}
    </li>
  );
}

interface Tile {
  readonly title: string;
  readonly value: ComponentChildren;
  readonly note: ComponentChildren;
  readonly to: string;
  readonly tone?: Tone | undefined;
  /** How much of something is used, 0 to 1. */
  readonly ratio?: number | undefined;
}

function Tiles({ figures }: { readonly figures: ConsoleSnapshot }) {
  return (
    <ul class="tiles">
      {[...peopleTiles(figures), ...poolTiles(figures), ...workTiles(figures)].map((tile) => (
        <li key={tile.title}>
          <a class={`tile ${tile.tone ?? ""}`} href={addressOf(tile.to)}>
            <span class="tile-title">{tile.title}</span>
            <span class="tile-value">
              {tile.value}
              {tile.tone && <Shape tone={tile.tone} />}
            </span>
            <span class="tile-note">{tile.note}</span>
            {tile.ratio !== undefined && <Meter ratio={tile.ratio} />}
          </a>
        </li>
      ))}
    </ul>
  );
}

const Meter = ({ ratio }: { readonly ratio: number }) => (
  <span class="meter" aria-hidden="true">
    <span style={{ inlineSize: `${Math.min(100, Math.max(0, ratio * 100))}%` }} />
  </span>
);

/** A bot may come after 4 s; who waits longer than this is not being served, and after a minute has gone. */
const WAIT_TONES = { warnMs: 15 * SECOND_MS, badMs: 60 * SECOND_MS };

function peopleTiles({ people, bots, matches }: ConsoleSnapshot): readonly Tile[] {
  const waitMs = people.longest_wait_ms ?? 0;
  const botCount = Object.values(bots.states).reduce((sum, count) => sum + count, 0);
  return [
    {
      ...{ title: "People waiting", to: "/matches", value: formatCount(people.waiting) },
      note: people.waiting === 0 ? "nobody waits" : `longest ${formatDuration(people.longest_wait_ms)}`,
      tone: waitMs >= WAIT_TONES.badMs ? "bad" : waitMs >= WAIT_TONES.warnMs ? "warn" : undefined,
    },
    {
      ...{ title: "Conversations", to: "/matches", value: formatCount(matches.live) },
      note: `${plural(people.present, "person", "people")} here`,
    },
    {
      ...{ title: "Time to a match", to: "/matches", value: formatDuration(people.wait_ms.p95) },
      note: people.wait_ms.count === 0 ? "no match yet" : "95 of 100 wait less",
    },
    {
      ...{ title: "Bots", to: "/fleet", value: formatCount(botCount) },
      note: `${formatCount(bots.states["talking"] ?? 0)} talking, target ${formatCount(bots.target)}`,
      tone: bots.quarantined > 0 ? "warn" : undefined,
    },
  ];
}

const BREAKER_TONES = { unknown: "off", up: "good", held: "warn", away: "bad", refused: "bad" } as const;

function poolTiles({ pool }: ConsoleSnapshot): readonly Tile[] {
  const joins = pool.budgets.joins;
  return [
    {
      ...{
        title: "Realtime",
        to: "/pool",
        value: inWords(pool.breaker.state),
        tone: BREAKER_TONES[pool.breaker.state],
      },
      note: (
        <>
          for <Since at={pool.breaker.since} />
        </>
      ),
    },
    {
      ...{
        title: "Joins this minute",
        to: "/pool",
        value: formatCount(joins?.used),
        ratio: joins ? joins.used / joins.allowed : 0,
      },
      note: joins?.held_ms ? `held for ${formatDuration(joins.held_ms)}` : `of ${formatCount(joins?.allowed)} allowed`,
      tone: joins?.held_ms ? "warn" : undefined,
    },
    {
      ...{ title: "Joins refused", to: "/pool", value: formatCount(pool.joins.refused) },
      note: `of ${formatCount(pool.joins.total)} since the start`,
      tone: pool.channels.failed > 0 ? "warn" : undefined,
    },
    {
      ...{ title: "Slots", to: "/pool", value: formatCount(pool.slots.held) },
      note: `of ${formatCount(pool.slots.capacity)}, ${plural(pool.sockets.open, "socket")}`,
      ratio: pool.slots.capacity === 0 ? 0 : pool.slots.held / pool.slots.capacity,
    },
  ];
}

const oldestText = (oldestMs: number | null) =>
  oldestMs === null ? "none is due" : `oldest ${formatDuration(oldestMs)}`;

function workTiles({ work, strategies, readiness }: ConsoleSnapshot): readonly Tile[] {
  const ok = readiness.dependencies.filter(({ state }) => state === "ok").length;
  return [
    {
      ...{ title: "Jobs waiting", to: "/jobs", value: formatCount(work?.jobs.pending) },
      note: work ? oldestText(work.jobs.oldest_pending_ms) : "not counted yet",
    },
    {
      ...{ title: "Dead jobs", to: "/jobs", value: formatCount(work?.jobs.dead) },
      note: work ? plural(work.messages.dead, "dead letter") : "not counted yet",
      tone: work && work.jobs.dead + work.messages.dead > 0 ? "warn" : undefined,
    },
    {
      ...{ title: "Strategies running", to: "/strategies", value: formatCount(strategies?.running) },
      note: strategies
        ? `${formatCount(strategies.due)} due, ${formatCount(strategies.quarantined)} in quarantine`
        : "not counted yet",
      tone: strategies?.quarantined ? "warn" : undefined,
    },
    {
      ...{ title: "Ready", to: "/replicas", value: readiness.ok ? "Yes" : "No", tone: readiness.ok ? "good" : "bad" },
      note: `${ok} of ${readiness.dependencies.length} dependencies`,
    },
  ];
}

const HISTORY = {
  step: "1s",
  series: "people_present,people_waiting,longest_wait_ms,matches_live,messages_per_s,joins_per_s,cpu_ratio,lag_ms",
};

function Charts({ history }: { readonly history: Resource<HistoryBody> }) {
  const body = history.value.value;
  const count = Math.max(0, ...Object.values(body?.series ?? {}).map((values) => values.length));
  const times = Array.from({ length: count }, (_, index) => (body ? body.from_ms + index * body.step_ms : 0));
  const line = (series: string, name: string, isFilled = false) => ({
    ...{ name, isFilled, values: body?.series[series] ?? [] },
  });
  return (
    <Section title="The last 15 minutes">
      <div class="charts">
        <Chart
          title="People"
          times={times}
          series={[
            line("people_present", "Here", true),
            line("people_waiting", "Waiting"),
            line("matches_live", "Conversations"),
          ]}
        />
        <Chart
          title="Longest wait"
          times={times}
          series={[line("longest_wait_ms", "Wait", true)]}
          format={formatDuration}
        />
        <Chart
          title="Traffic a second"
          times={times}
          series={[line("messages_per_s", "Messages"), line("joins_per_s", "Joins")]}
          format={formatDecimal}
        />
        <Chart title="Processor" times={times} series={[line("cpu_ratio", "Used", true)]} format={formatPercent} />
      </div>
    </Section>
  );
}

const DEPENDENCY_TONES = { ok: "good", degraded: "warn", down: "bad" } as const;

/** No table: its part would be a tenth of the scripts of the first page. */
function Readiness({ figures }: { readonly figures: ConsoleSnapshot }) {
  const { dependencies, loops } = figures.readiness;
  const failing = loops.filter(({ state }) => state === "failing");
  return (
    <Section title="What this replica needs">
      <ul class="needs">
        {dependencies.map(({ name, state, since, detail, error_code }) => (
          <li key={name}>
            <span class="need-name">{inWords(name)}</span>
            <Badge tone={DEPENDENCY_TONES[state]}>{state}</Badge>
            <span class="hint">
              for <Since at={since} />
            </span>
            <span class="need-detail">
              <Text>{detail ?? error_code ?? ""}</Text>
            </span>
          </li>
        ))}
      </ul>
      <p class="hint">
        {failing.length === 0
          ? `All ${plural(loops.length, "loop")} do their work.`
          : `${plural(failing.length, "loop")} of ${loops.length} cannot do their work: ${failing.map(({ name }) => name).join(", ")}.`}
      </p>
    </Section>
  );
}

function Process({ figures }: { readonly figures: ConsoleSnapshot }) {
  const { process, messages, database, replica_count } = figures;
  return (
    <Section title="This process">
      <Facts
        facts={[
          ["Replica", <Id key="id">{figures.replica_id}</Id>],
          ["Version", <Text key="version">{figures.version}</Text>],
          ["Role", inWords(figures.role)],
          ["Up for", <Since key="up" at={figures.started_at} />],
          ["Replicas", formatCount(replica_count)],
          ["Memory", formatBytes(process.resident_bytes)],
          ["Processor", formatPercent(process.cpu_ratio)],
          ["Event loop late by", formatDuration(process.lag_ms)],
          ["Open files", formatCount(process.open_files)],
          ["Messages sent", formatCount(messages.sent)],
          ["Messages received", formatCount(messages.received)],
          ["Database connections", `${formatCount(database.busy)} of ${formatCount(database.limit)} busy`],
          ["Consoles", formatCount(process.streams)],
        ]}
      />
    </Section>
  );
}
