import { type Signal, useSignal } from "@preact/signals";
import { SECOND_MS, type Timer } from "@shoal/kernel";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { clock } from "../adapters/browser.ts";
import { parameter, setParameters } from "../router.ts";
import type { List } from "../use-list.ts";
import { Select, Switch, TextField } from "./field.tsx";
import { Time } from "./time.tsx";

/** How long one types before a search is sent. */
const TYPING_MS = 0.25 * SECOND_MS;

/** Filters of a list, its switch "live", and what belongs beside them. The values stand in the address. */
export function FilterBar<Row>({
  label,
  list,
  children,
}: {
  readonly label: string;
  readonly list?: List<Row> | undefined;
  readonly children: ComponentChildren;
}) {
  return (
    <search class="filter-bar" aria-label={label}>
      {children}
      {list && <LiveSwitch list={list} />}
    </search>
  );
}

/** One of a few values of a parameter of the address. The first one is what holds without it: `["", "All"]`. */
export function ChoiceFilter({
  name,
  label,
  choices,
}: {
  readonly name: string;
  readonly label: string;
  readonly choices: readonly (readonly [value: string, title: string])[];
}) {
  const choose = (value: string) => setParameters({ [name]: value });
  return <Select label={label} value={parameter(name)} onChoose={choose} choices={choices} />;
}

/** Text in a parameter of the address, sent when one has stopped typing. */
export function TextFilter({
  name,
  label,
  placeholder,
}: {
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string | undefined;
}) {
  const given = parameter(name);
  const typed = useSignal(given);
  const timer = useRef<Timer | undefined>(undefined);
  // Back, or a link to another filter, changes the address beneath what was typed.
  useEffect(() => {
    typed.value = given;
  }, [given, typed]);
  useEffect(() => () => timer.current?.cancel(), []);
  const onInput = (value: string) => {
    typed.value = value;
    timer.current?.cancel();
    timer.current = clock.after(TYPING_MS, () => setParameters({ [name]: value }));
  };
  return <TextField type="search" label={label} value={typed.value} onInput={onInput} placeholder={placeholder} />;
}

function LiveSwitch<Row>({ list }: { readonly list: List<Row> }) {
  const { readAt } = list.state.value;
  const isLive: Signal<boolean> = list.isLive;
  return (
    <div class="live">
      <span class="hint">
        {readAt !== null && (
          <>
            read <Time at={readAt} />
          </>
        )}
      </span>
      <Switch
        label="Live"
        isOn={isLive.value}
        onSwitch={(isOn) => {
          isLive.value = isOn;
        }}
      />
    </div>
  );
}
