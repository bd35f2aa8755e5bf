import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { parameter, setParameters } from "../router.ts";

export interface Tab {
  readonly id: string;
  readonly title: ComponentChildren;
  readonly view: () => ComponentChildren;
}

/** Parts of a page, one shown at a time. Which one stands in the address under `name`, so that a link and Back lead to it. */
export function Tabs({
  label,
  tabs,
  name = "tab",
}: {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly name?: string | undefined;
}) {
  const base = useId();
  const index = Math.max(
    0,
    tabs.findIndex(({ id }) => id === parameter(name)),
  );
  const chosen = tabs[index];
  const step = (event: KeyboardEvent) => {
    const isRtl = getComputedStyle(event.currentTarget as Element).direction === "rtl";
    const to = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1, Home: -index, End: tabs.length - 1 - index };
    if (!(event.key in to)) return;
    event.preventDefault();
    const next = tabs[(index + to[event.key as keyof typeof to] + tabs.length) % tabs.length];
    if (!next) return;
    setParameters({ [name]: next === tabs[0] ? "" : next.id });
    document.getElementById(`${base}-${next.id}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={step}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${base}-${tab.id}`}
            aria-selected={tab === chosen}
            aria-controls={`${base}-panel`}
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => setParameters({ [name]: tab === tabs[0] ? "" : tab.id })}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <div
        key={chosen?.id}
        id={`${base}-panel`}
        class="tab-panel"
        role="tabpanel"
        aria-labelledby={`${base}-${chosen?.id}`}
      >
        {chosen?.view()}
      </div>
    </>
  );
}
