import type { ConsoleSnapshot } from "@shoal/bot-service/bodies";
import { formatCount, formatDuration, formatPercent, NOTHING } from "../format.ts";
import { Badge } from "../parts/badge.tsx";
import { Facts } from "../parts/facts.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Since } from "../parts/time.tsx";
import { place } from "../router.ts";
import { snapshot } from "../stream.ts";
import { partOfPath } from "./part-of-path.ts";
import { Channels, Sockets, Topic } from "./pool/channels.tsx";
import { OverTime } from "./pool/over-time.tsx";
import { BreakerTimeline } from "./pool/timeline.tsx";
import { BREAKER_TONES, breakerWords } from "./pool/words.ts";

/** Sockets and channels of this daemon, what they may spend, and why they wait; each topic by itself under its name. */
export function Pool() {
  const topic = partOfPath(place.value.path, "/pool");
  if (topic !== null) return <Topic key={topic} topic={topic} />;
  return (
    <>
      <PageHead title="Pool">Sockets and channels of this daemon, what they may spend, and why they wait.</PageHead>
      <Now of={snapshot.value?.pool} />
      <Tabs
        label="Pool"
        tabs={[
          { id: "time", title: "Over time", view: () => <OverTime /> },
          { id: "breaker", title: "Breaker and holds", view: () => <BreakerTimeline /> },
          { id: "channels", title: "Channels", view: () => <Channels /> },
          { id: "sockets", title: "Sockets", view: () => <Sockets /> },
        ]}
      />
    </>
  );
}

/** How the pool is now. Before it is known everything has its place already. */
function Now({ of: pool }: { readonly of: ConsoleSnapshot["pool"] | undefined }) {
  const { breaker, sockets, slots, channels, joins, budgets } = pool ?? {};
  const onTheWay = channels && channels.waiting + channels.joining;
  return (
    <>
      <p>
        <Badge tone={BREAKER_TONES[breaker?.state ?? ""] ?? "off"}>{`breaker ${breaker?.state ?? NOTHING}`}</Badge> for{" "}
        <Since at={breaker?.since} />. {breakerWords(breaker?.state ?? "")}{" "}
        {breaker && breaker.cause !== null && <code class="code-name">{breaker.cause}</code>}
      </p>
      <Facts
        facts={[
          ["Sockets", `${formatCount(sockets?.open)} of ${formatCount(sockets?.max)} open`],
          ["Slots", `${formatCount(slots?.held)} of ${formatCount(slots?.capacity)} held`],
          ["Channels", `${formatCount(channels?.joined)} joined, ${formatCount(onTheWay)} on the way`],
          ...(["joins", "events", "presence"] as const).map(
            (name) => [`Budget: ${name}`, budgetText(budgets?.[name])] as const,
          ),
          ["Joins refused", `${formatCount(joins?.refused)} of ${formatCount(joins?.total)} since the start`],
          ["Answers", `${formatDuration(pool?.response_ms.p50)}, 99 %: ${formatDuration(pool?.response_ms.p99)}`],
          ["Reconnects", formatCount(pool?.reconnects)],
        ]}
      />
    </>
  );
}

/** "12 of 143 spent, 50 % of the share left, held for 4 s". */
function budgetText(budget: ConsoleSnapshot["pool"]["budgets"]["joins"] | undefined): string {
  if (!budget) return NOTHING;
  const { used, allowed, ratio, held_ms } = budget;
  return [
    `${formatCount(used)} of ${formatCount(allowed)} spent`,
    ratio < 1 && `${formatPercent(ratio)} of the share left`,
    held_ms > 0 && `held for ${formatDuration(held_ms)}`,
  ]
    .filter(Boolean)
    .join(", ");
}
