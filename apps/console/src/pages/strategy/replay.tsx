import { useSignal } from "@preact/signals";
import type { ReplayBody, RunBody } from "@shoal/bot-service/bodies";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { formatCount, formatInstant } from "../../format.ts";
import { formatMoney } from "../../money.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Facts, Section } from "../../parts/facts.tsx";
import { Select } from "../../parts/field.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { Json, Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { zone } from "../../preferences.ts";
import { parameter, setParameters } from "../../router.ts";
import { useResource } from "../../use-resource.ts";
import { Meter } from "./meter.tsx";
import type { PartProps } from "./part-props.ts";
import { callText, type ReplayCall, stepAt, stepByKey } from "./replay-steps.ts";

/** A kept run done again, to be gone through call by call. */
export function StrategyReplay({ strategy: { strategy_id: id } }: PartProps) {
  const runs = useResource<{ readonly runs: readonly RunBody[] }>(`/api/strategies/${id}/runs`, { limit: 200 });
  return (
    <Loaded of={runs}>
      {({ runs: all }) => {
        const kept = all.filter(({ has_journal }) => has_journal);
        const wanted = parameter("run");
        const runId = wanted === "" ? kept[0]?.id : wanted;
        if (runId === undefined) {
          return (
            <Empty title="No run can be done again">
              Only the newest runs are kept with all that came into them, and those that were ended from outside are
              not.
            </Empty>
          );
        }
        return (
          <div class="stack">
            <div class="filter-bar wide">
              <Select
                label="Run"
                value={runId}
                onChoose={(run) => setParameters({ run, stop: "" })}
                choices={[
                  ...(kept.some((run) => run.id === runId) ? [] : [[runId, "the run of the address"] as const]),
                  ...kept.map((run) => [run.id, runTitle(run)] as const),
                ]}
              />
            </div>
            <OneReplay key={runId} runId={runId} />
          </div>
        );
      }}
    </Loaded>
  );
}

const runTitle = ({ started_at, outcome, order_count }: RunBody) =>
  `${formatInstant(Date.parse(started_at), zone.value)}, ${outcome}, ${order_count} orders`;

function OneReplay({ runId }: { readonly runId: string }) {
  const stop = /^[1-9]\d{0,8}$/.test(parameter("stop")) ? parameter("stop") : "";
  const replay = useResource<ReplayBody>(`/api/strategies/runs/${encodeURIComponent(runId)}/replay`, { stop_at: stop });
  return (
    <Loaded of={replay} rows={10}>
      {(body) => (
        <div class="stack">
          <Verdict body={body} />
          {body.is_same_build && <Stepper key={stop} body={body} />}
          {body.result !== null && <Result body={body} />}
        </div>
      )}
    </Loaded>
  );
}

function Verdict({ body }: { readonly body: ReplayBody }) {
  const { is_equal, is_same_build, differences, stopped } = body;
  return (
    <>
      <p>
        {is_equal === null && stopped !== null ? (
          <Badge tone="info">{`stopped before call ${stopped.number}`}</Badge>
        ) : is_equal ? (
          <Badge tone="good">{is_same_build ? "equal, to the last byte of memory" : "equal in what it wanted"}</Badge>
        ) : (
          <Badge tone="bad">{`${differences.length} of its parts differ`}</Badge>
        )}{" "}
        {is_same_build
          ? "Done again in the sandbox, by what was recorded: no market and no exchange was asked."
          : "Another version of Shoal recorded this run: its calls cannot be gone through here, and fuel and memory are not compared."}
        {is_equal === null && (
          <>
            {" "}
            <Button onPress={() => setParameters({ stop: "" })}>Go on to its end</Button>
          </>
        )}
      </p>
      {differences.map(({ field, recorded, replayed }) => (
        <div key={field} class="columns">
          <Json value={recorded} label={`${field} as recorded`} />
          <Json value={replayed} label={`${field} now`} />
        </div>
      ))}
    </>
  );
}

/** Goes through the calls of a run: before each of them, and to its end. */
function Stepper({ body }: { readonly body: ReplayBody }) {
  const { calls, stopped } = body;
  const last = calls.length;
  const at = useSignal(stopped === null ? 0 : last);
  const list = useRef<HTMLOListElement>(null);
  const index = Math.min(at.value, last);
  const go = (to: number) => {
    at.value = Math.max(0, Math.min(last, to));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = stepByKey(event.key, index, last);
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  useEffect(() => {
    const chosen = list.current?.querySelector<HTMLElement>("[aria-current=step]");
    if (list.current?.contains(document.activeElement)) chosen?.focus({ preventScroll: true });
    chosen?.scrollIntoView({ block: "nearest" });
  }, [index]);
  const first = calls[0]?.number ?? 1;
  return (
    <Section title="Calls of ctx" actions={<StepButtons index={index} last={last} go={go} />}>
      {first > 1 && (
        <p>
          {`Calls before ${formatCount(first)} are not in this list. `}
          <Button
            onPress={() => setParameters({ stop: `${first}` })}
          >{`Stop before call ${formatCount(first)}`}</Button>
        </p>
      )}
      <div class="stepper">
        <ol ref={list} class="calls" aria-label="Calls of ctx, in their order" onKeyDown={onKeyDown}>
          {calls.map((call, position) => (
            <Step key={call.number} isChosen={position === index} outcome={call.outcome} onChoose={() => go(position)}>
              <span class="hint number">{call.number}</span> <Text>{call.name}</Text>
              {call.outcome === "refused" && <Badge tone="warn">refused</Badge>}
              {call.outcome === "waits" && <Badge tone="info">waits</Badge>}
            </Step>
          ))}
          <Step key="end" isChosen={index === last} outcome="end" onChoose={() => go(last)}>
            {stopped === null ? (
              "the end of the run"
            ) : (
              <>
                {`stopped before call ${stopped.number}: `}
                <Text>{stopped.name}</Text>
              </>
            )}
          </Step>
        </ol>
        <StepView body={body} index={index} />
      </div>
    </Section>
  );
}

function StepButtons({
  index,
  last,
  go,
}: {
  readonly index: number;
  readonly last: number;
  readonly go: (to: number) => void;
}) {
  return (
    <>
      <Button onPress={() => go(0)} isDisabled={index === 0}>
        First
      </Button>
      <Button onPress={() => go(index - 1)} isDisabled={index === 0}>
        ← Back
      </Button>
      <Button onPress={() => go(index + 1)} isDisabled={index === last}>
        Forward →
      </Button>
      <Button onPress={() => go(last)} isDisabled={index === last}>
        End
      </Button>
    </>
  );
}

/** A place in the list; one of them can be reached by the tab key, the others by the arrows. */
function Step({
  isChosen,
  outcome,
  onChoose,
  children,
}: {
  readonly isChosen: boolean;
  readonly outcome: string;
  readonly onChoose: () => void;
  readonly children: ComponentChildren;
}) {
  return (
    <li>
      <button
        type="button"
        class={`call ${outcome}`}
        tabIndex={isChosen ? 0 : -1}
        aria-current={isChosen ? "step" : undefined}
        onClick={onChoose}
      >
        {children}
      </button>
    </li>
  );
}

/** What there is before a call: the call itself with its answer, and what the strategy has said and wanted up to there. */
function StepView({ body, index }: { readonly body: ReplayBody; readonly index: number }) {
  const call = body.calls[index];
  const { state, logs, orders, notifications } = stepAt(body, index);
  const isExact = body.stopped !== null && call === undefined;
  return (
    <div class="step">
      {call ? <CallView call={call} body={body} /> : <EndView body={body} />}
      <Facts
        facts={[
          ["ctx.now", <Time key="now" at={body.at} as="exact" />],
          ["Cash", formatMoney(body.before.portfolio.cash, body.before.portfolio.currency)],
          ["Equity", formatMoney(body.before.portfolio.equity, body.before.portfolio.currency)],
          ["Open orders", formatCount(body.before.open_orders.length)],
        ]}
      />
      <h3>State{isExact ? "" : " so far"}</h3>
      {isExact ? (
        <Json value={body.stopped?.state} label="State" />
      ) : (
        <Lines empty="empty" lines={state.map(([key, json]) => `${key} = ${json}`)} />
      )}
      <h3>Orders so far</h3>
      <Lines empty="none" lines={orders} />
      <h3>Log so far</h3>
      <Lines empty="nothing" lines={logs.map(({ level, text }) => (level === "info" ? text : `${level}: ${text}`))} />
      {notifications.length > 0 && (
        <>
          <h3>Notifications so far</h3>
          <Lines empty="" lines={notifications} />
        </>
      )}
      <details>
        <summary>Config and portfolio when the run began</summary>
        <Json value={body.before} label="What ctx showed when the run began" />
      </details>
    </div>
  );
}

function CallView({ call, body }: { readonly call: ReplayCall; readonly body: ReplayBody }) {
  return (
    <>
      <p class="call-text">
        <span class="hint">{`Call ${call.number}`}</span>{" "}
        <code>
          <Text>{callText(call)}</Text>
        </code>
      </p>
      <p class="call-text">
        <span class="hint">{ANSWERS[call.outcome]}</span>{" "}
        <code>
          <Text>{call.answer}</Text>
        </code>
      </p>
      <Meter label="Fuel before it" value={call.fuel} most={body.fuel_limit} format={formatCount} />
      <p>
        <Button onPress={() => setParameters({ stop: `${call.number}` })}>
          {`Do the run again up to call ${formatCount(call.number)}`}
        </Button>
      </p>
    </>
  );
}

const ANSWERS: Readonly<Record<ReplayCall["outcome"], string>> = {
  answered: "Answered",
  refused: "Refused",
  waits: "Waits: no answer came before the end",
  ended: "The run ended in it",
};

function EndView({ body: { stopped, result, fuel_limit } }: { readonly body: ReplayBody }) {
  if (stopped !== null) {
    return (
      <p class="call-text">
        <span class="hint">{`Stopped before call ${stopped.number}`}</span>{" "}
        <code>
          <Text>{callText(stopped)}</Text>
        </code>
      </p>
    );
  }
  return (
    <>
      <p>The end of the run.</p>
      {result !== null && <Meter label="Fuel" value={result.fuel} most={fuel_limit} format={formatCount} />}
    </>
  );
}

function Lines({ lines, empty }: { readonly lines: readonly string[]; readonly empty: string }) {
  if (lines.length === 0) return <p class="hint">{empty}</p>;
  return (
    <ul class="plain-list mono">
      {lines.map((line, index) => (
        <li key={index}>
          <Text>{line}</Text>
        </li>
      ))}
    </ul>
  );
}

function Result({ body: { result } }: { readonly body: ReplayBody }) {
  if (result === null) return null;
  const { outcome, error, orders, state_patch, logs, notifications } = result;
  return (
    <Section title="What the run came to">
      <p>
        <Badge tone={outcome === "ok" ? "good" : "warn"}>{outcome}</Badge>{" "}
        {error !== null && (
          <>
            <code class="code-name">{error.code}</code> <Text>{error.message}</Text>
            {error.line !== null && <span class="hint">{` (line ${error.line})`}</span>}
          </>
        )}
      </p>
      <details>
        <summary>Orders, state, log and notifications as JSON</summary>
        <Json value={{ orders, state_patch, logs, notifications }} label="What the run came to" />
      </details>
    </Section>
  );
}
