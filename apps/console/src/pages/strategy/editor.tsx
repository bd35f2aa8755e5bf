import type { Signal } from "@preact/signals";
import type { CheckedBody } from "@shoal/bot-service/bodies";
import { useEffect, useId, useRef } from "preact/hooks";
import { linesOf, offsetOf } from "./source-lines.ts";
import type { Place } from "./source-view.tsx";

/** Above that, numbers of lines would cost more than they tell. */
const MOST_NUMBERED = 10_000;

/** A source that is written: plain text with the numbers of its lines beside it. The tab key leaves it, as it leaves any field. */
export function Editor({
  text,
  label,
  diagnostics,
  cursor,
  onInput,
}: {
  readonly text: string;
  readonly label: string;
  readonly diagnostics: CheckedBody["diagnostics"];
  /** Set to a place, puts the cursor there. */
  readonly cursor: Signal<Place | null>;
  readonly onInput: (text: string) => void;
}) {
  const [area, numbers] = [useRef<HTMLTextAreaElement>(null), useRef<HTMLPreElement>(null)];
  const id = useId();
  const lineCount = linesOf(text).length;
  const faulty = new Set(diagnostics.map(({ line }) => line));
  const place = cursor.value;
  useEffect(() => {
    if (place === null || area.current === null) return;
    const at = offsetOf(area.current.value, place.line, place.column);
    area.current.focus();
    area.current.setSelectionRange(at, at);
    const lineHeightPx = Number.parseFloat(getComputedStyle(area.current).lineHeight);
    area.current.scrollTop = Math.max(0, (place.line - 4) * lineHeightPx);
    cursor.value = null;
  }, [place]);
  return (
    <div class="editor">
      <pre ref={numbers} class="line-numbers" aria-hidden="true">
        {Array.from({ length: Math.min(lineCount, MOST_NUMBERED) }, (_, index) =>
          faulty.has(index + 1) ? <mark key={index}>{`${index + 1}\n`}</mark> : `${index + 1}\n`,
        )}
      </pre>
      <label class="unseen" for={id}>
        {label}
      </label>
      <textarea
        ref={area}
        id={id}
        dir="ltr"
        wrap="off"
        rows={24}
        spellcheck={false}
        autoComplete="off"
        autoCapitalize="off"
        value={text}
        aria-invalid={diagnostics.length > 0 || undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
        onScroll={(event) => {
          if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
