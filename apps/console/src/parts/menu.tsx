import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { role } from "../api.ts";

export interface MenuItem {
  readonly title: string;
  readonly onChoose: () => unknown;
  readonly isDangerous?: boolean | undefined;
  readonly isDisabled?: boolean | undefined;
  /** Changes something: not there for a reader. */
  readonly isChange?: boolean | undefined;
}

/** A button with actions behind it, in a native popover: Escape and a press elsewhere close it, the arrows move in it. */
export function Menu({
  label,
  items,
  children = "⋯",
}: {
  /** What is acted on: "Actions on Mika". */
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly children?: ComponentChildren | undefined;
}) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const usable = items.filter(({ isChange }) => !isChange || role.value === "operator");
  if (usable.length === 0) return null;
  const onToggle = (event: { readonly newState: string }) => {
    if (event.newState !== "open" || !button.current || !menu.current) return;
    place(menu.current, button.current.getBoundingClientRect());
    menu.current.querySelector<HTMLElement>("button")?.focus();
  };
  const choose = ({ onChoose }: MenuItem) => {
    menu.current?.hidePopover();
    button.current?.focus();
    onChoose();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button quiet"
        popoverTarget={id}
        aria-haspopup="menu"
        aria-label={label}
      >
        {children}
      </button>
      <div
        ref={menu}
        id={id}
        class="menu"
        popover="auto"
        role="menu"
        aria-label={label}
        onToggle={onToggle}
        onKeyDown={move}
      >
        {usable.map((item) => (
          <button
            key={item.title}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={item.isDangerous ? "dangerous" : undefined}
            aria-disabled={item.isDisabled || undefined}
            onClick={() => (item.isDisabled ? undefined : choose(item))}
          >
            {item.title}
          </button>
        ))}
      </div>
    </>
  );
}

/** Under its button, or above it where there is no room; never outside the window. */
function place(menu: HTMLElement, at: DOMRect): void {
  const [width, height] = [menu.offsetWidth, menu.offsetHeight];
  const isAbove = at.bottom + height > innerHeight && at.top > height;
  menu.style.top = `${isAbove ? at.top - height : at.bottom}px`;
  menu.style.left = `${Math.max(4, Math.min(at.right - width, innerWidth - width - 4))}px`;
}

function move(event: KeyboardEvent): void {
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=menuitem]")];
  const index = buttons.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  buttons[(to + buttons.length) % buttons.length]?.focus();
}
