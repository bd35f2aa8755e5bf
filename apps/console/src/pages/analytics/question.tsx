import { SECOND_MS } from "@shoal/kernel";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Query } from "../../api.ts";
import { Badge } from "../../parts/badge.tsx";
import { Section } from "../../parts/facts.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { Time } from "../../parts/time.tsx";
import { useResource } from "../../use-resource.ts";

/** Answers are served from memory until their floor: asking more often would bring the same. */
const REFRESH_MS = 30 * SECOND_MS;
/** While trades are counted for the first time. */
const COUNTING_REFRESH_MS = 10 * SECOND_MS;

interface Answer<Data> {
  readonly as_of: string;
  readonly stale: boolean;
  readonly data: Data;
}

/** One question with its answer: when that was counted, whether it is older than promised, and why there is none. */
export function Question<Data>({
  title,
  path,
  query,
  children,
}: {
  readonly title: string;
  readonly path: string;
  readonly query: Query;
  readonly children: (data: Data) => ComponentChildren;
}) {
  const read = useResource<Answer<Data>>(`/api/analytics/${path}`, query, REFRESH_MS);
  const [answer, error] = [read.value.value, read.error.value];
  if (answer === null && error?.code === "ANALYTICS_COUNTING") {
    return (
      <Section title={title}>
        <Counting path={path} query={query} onCounted={read.refresh} />
      </Section>
    );
  }
  return (
    <Section title={title} actions={answer && <AsOf of={answer} />}>
      <Loaded of={read} rows={6}>
        {({ data }) => children(data)}
      </Loaded>
    </Section>
  );
}

function AsOf({ of: { as_of, stale } }: { readonly of: Pick<Answer<unknown>, "as_of" | "stale"> }) {
  return (
    <span class="hint">
      {stale && (
        <>
          <Badge tone="warn">older than promised</Badge>{" "}
        </>
      )}
      as of <Time at={as_of} as="clock" />, <Time at={as_of} />
    </span>
  );
}

/** Asks more often than `Question` does, until there is an answer. */
function Counting({
  path,
  query,
  onCounted,
}: {
  readonly path: string;
  readonly query: Query;
  readonly onCounted: () => Promise<void>;
}) {
  const read = useResource<unknown>(`/api/analytics/${path}`, query, COUNTING_REFRESH_MS);
  const isCounted = read.value.value !== null;
  useEffect(() => {
    if (isCounted) void onCounted();
  }, [isCounted, onCounted]);
  return (
    <Empty title="The trades of before are being counted for the first time">
      That takes a few minutes for each million trades. The figures appear here by themselves.
    </Empty>
  );
}
