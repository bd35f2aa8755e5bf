import type { StrategyBody } from "@shoal/bot-service/bodies";
import { PageHead } from "../../parts/page-head.tsx";
import { Loaded } from "../../parts/states.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { Id, Text } from "../../parts/text.tsx";
import { addressOf } from "../../router.ts";
import { useResource } from "../../use-resource.ts";
import { StrategyActions } from "./actions.tsx";
import { StrategyCode } from "./code.tsx";
import { StrategyEquity } from "./equity.tsx";
import { StrategyLogs } from "./logs.tsx";
import { StrategyOrders } from "./orders.tsx";
import { StrategyOverview } from "./overview.tsx";
import type { PartProps } from "./part-props.ts";
import { StrategyReplay } from "./replay.tsx";
import { StrategyRuns } from "./runs.tsx";
import { StatusBadge } from "./status.tsx";

const REFRESH_MS = 5000;

/** One strategy: how it is, what it did, and its code. */
export function Strategy({ id }: { readonly id: string }) {
  const read = useResource<StrategyBody>(`/api/strategies/${encodeURIComponent(id)}`, {}, REFRESH_MS);
  const strategy = read.value.value;
  const props = strategy && { strategy, refresh: read.refresh };
  return (
    <>
      <PageHead
        title={strategy?.name ?? "Strategy"}
        above={<a href={addressOf("/strategies")}>Strategies</a>}
        actions={props && <StrategyActions {...props} />}
      >
        {strategy ? <Summary of={strategy} /> : "…"}
      </PageHead>
      <Loaded of={read}>{() => null}</Loaded>
      {props && <Parts {...props} />}
    </>
  );
}

function Summary({ of }: { readonly of: StrategyBody }) {
  return (
    <>
      <StatusBadge of={of} /> version {of.version} of {of.owner_id === null ? "the operator" : <Id>{of.owner_id}</Id>}
      {of.status_reason !== null && (
        <>
          {": "}
          <Text>{of.status_reason}</Text>
        </>
      )}
    </>
  );
}

function Parts(props: PartProps) {
  return (
    <Tabs
      label="Parts of this strategy"
      tabs={[
        { id: "overview", title: "Overview", view: () => <StrategyOverview {...props} /> },
        { id: "runs", title: "Runs", view: () => <StrategyRuns {...props} /> },
        { id: "logs", title: "Log", view: () => <StrategyLogs {...props} /> },
        { id: "equity", title: "Equity", view: () => <StrategyEquity {...props} /> },
        { id: "orders", title: "Orders and fills", view: () => <StrategyOrders {...props} /> },
        { id: "replay", title: "Replay", view: () => <StrategyReplay {...props} /> },
        { id: "code", title: "Code", view: () => <StrategyCode {...props} /> },
      ]}
    />
  );
}
