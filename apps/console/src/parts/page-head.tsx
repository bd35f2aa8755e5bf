import { printable } from "@shoal/kernel";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { place, takeArrival } from "../router.ts";

/** The heading of a page, which names the tab of the browser, too. After a step to the page it has the focus, so that it is read aloud. */
export function PageHead({
  title,
  above,
  actions,
  children,
}: {
  /** May be text from outside, such as the name of a bot. */
  readonly title: string;
  /** A link to the page above: `<a href={addressOf("/jobs")}>Jobs</a>`. */
  readonly above?: ComponentChildren | undefined;
  readonly actions?: ComponentChildren | undefined;
  /** One sentence on what is seen here. */
  readonly children?: ComponentChildren | undefined;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = printable(title);
  const { path } = place.value;
  useEffect(() => {
    document.title = `${shown} · Shoal`;
  }, [shown]);
  useEffect(() => {
    const arrival = takeArrival();
    if (!arrival) return;
    // Back leads to where one was on that page, which the browser knows.
    if (arrival === "link") scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <div class="page-head">
      <div>
        {above && (
          <nav class="hint" aria-label="Above this page">
            {above}
          </nav>
        )}
        <h1 ref={heading} tabIndex={-1}>
          <bdi>{shown}</bdi>
        </h1>
        {children && <p class="hint">{children}</p>}
      </div>
      {actions && <div class="section-actions">{actions}</div>}
    </div>
  );
}
