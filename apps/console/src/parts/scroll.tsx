import type { ComponentChildren, Ref } from "preact";

export interface ScrollProps {
  readonly label: string;
  readonly class?: string | undefined;
  readonly box?: Ref<HTMLElement> | undefined;
  readonly onScroll?: ((event: Event) => void) | undefined;
  readonly onKeyDown?: ((event: KeyboardEvent) => void) | undefined;
  readonly children: ComponentChildren;
}

/** Without a mouse, the arrows must scroll it. */
const REACHABLE = { tabIndex: 0 };

/** A part of the page that scrolls by itself, and can have the focus. */
export function Scroll({ label, box, children, ...rest }: ScrollProps) {
  return (
    <section ref={box ?? null} {...REACHABLE} aria-label={label} {...rest}>
      {children}
    </section>
  );
}
