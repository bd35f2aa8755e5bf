import type { CheckedBody } from "@shoal/bot-service/bodies";
import { plural } from "../../format.ts";
import { Badge } from "../../parts/badge.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { Text } from "../../parts/text.tsx";
import { linesOf, shownLine } from "./source-lines.ts";

type Diagnostic = CheckedBody["diagnostics"][number];

/** A place in a source, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Of a source of many empty lines. */
const MOST_LINES = 5000;

/** A source with the numbers of its lines, and what is wrong beneath each. */
export function SourceView({
  source,
  diagnostics,
  label,
}: {
  readonly source: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly label: string;
}) {
  const lines = linesOf(source);
  const byLine = Map.groupBy(diagnostics, ({ line }) => line);
  return (
    <>
      <Scroll label={label} class="code source">
        <ol dir="ltr">
          {lines.slice(0, MOST_LINES).map((line, index) => (
            <li key={index} id={`line-${index + 1}`} class={byLine.has(index + 1) ? "faulty" : undefined}>
              <code>{shownLine(line)}</code>
              {byLine.get(index + 1)?.map((found, number) => (
                <p key={number} class="fault">
                  <span class="hint">{`column ${found.column}`}</span> <Text>{found.message}</Text>
                </p>
              ))}
            </li>
          ))}
        </ol>
      </Scroll>
      {lines.length > MOST_LINES && <p class="hint">{plural(lines.length - MOST_LINES, "more line")} not shown.</p>}
    </>
  );
}

/** What a check found, in a list; a press leads to the place where there is one to go to. */
export function Diagnostics({
  of: { ok, diagnostics, needs },
  onChoose,
}: {
  readonly of: CheckedBody;
  readonly onChoose?: ((place: Place) => void) | undefined;
}) {
  if (ok) {
    const wanted = (needs?.candles ?? []).map(({ symbol, timeframe, count }) => `${count} × ${symbol} ${timeframe}`);
    return (
      <p>
        <Badge tone="good">nothing is wrong</Badge>{" "}
        {wanted.length === 0 ? (
          "It needs no candles."
        ) : (
          <>
            Before each run it needs <Text>{wanted.join(", ")}</Text>.
          </>
        )}
      </p>
    );
  }
  return (
    <div class="diagnostics">
      <p>
        <Badge tone="bad">{plural(diagnostics.length, "error")}</Badge>
      </p>
      <ul class="plain-list">
        {diagnostics.map(({ code, message, line, column }, index) => (
          <li key={index}>
            {onChoose ? (
              <button type="button" class="link" onClick={() => onChoose({ line, column })}>
                {`Line ${line}, column ${column}`}
              </button>
            ) : (
              `Line ${line}, column ${column}`
            )}
            : <Text>{message}</Text>{" "}
            <code class="code-name">
              <Text>{code}</Text>
            </code>
          </li>
        ))}
      </ul>
    </div>
  );
}
