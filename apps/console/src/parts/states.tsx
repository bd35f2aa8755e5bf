import type { ComponentChildren } from "preact";
import type { ApiError } from "../api.ts";
import type { ActionOutcome } from "../use-action.ts";
import type { Resource } from "../use-resource.ts";
import { Shape } from "./badge.tsx";
import { Button } from "./button.tsx";
import { Text } from "./text.tsx";

/** There is nothing to show: says why, and what would bring something. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <div class="hint">{children}</div>}
    </div>
  );
}

/** Keeps the place of what is still being read, in lines of the height of a row. */
export function Loading({ rows = 5, label = "Loading" }: { readonly rows?: number; readonly label?: string }) {
  return (
    <div class="loading" role="status">
      <span class="unseen">{label}</span>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class="bone" aria-hidden="true" />
      ))}
    </div>
  );
}

/** Statuses of refusals that stay what they are however often one asks: there is no such thing, or the question is wrong. */
const isFinal = ({ status }: ApiError) => status >= 400 && status < 500 && ![401, 408, 409, 425, 429].includes(status);

/** It could not be read: why, its code, and another try where that may help. `isStale`: what is shown beside it is of an earlier time. */
export function Failed({
  error,
  onRetry,
  isStale,
}: {
  readonly error: ApiError;
  readonly onRetry?: (() => unknown) | undefined;
  readonly isStale?: boolean | undefined;
}) {
  return (
    <div class="notice bad" role="alert">
      <Shape tone="bad" />
      <p>
        <Text>{error.message}</Text> {isStale && "What is shown here is from before. "}
        <code class="code-name">
          <Text>{error.code}</Text>
        </code>
      </p>
      {onRetry && !isFinal(error) && <Button onPress={onRetry}>Try again</Button>}
    </div>
  );
}

/** How an action went, beside it. Read aloud by the toast, so it is silent here. */
export function Outcome({ of }: { readonly of: ActionOutcome | null }) {
  if (!of) return null;
  if (of.kind === "failed") {
    return (
      <p class="outcome bad">
        <Shape tone="bad" />
        <Text>{of.error.message}</Text> <code class="code-name">{of.error.code}</code>
      </p>
    );
  }
  return (
    <p class="outcome good">
      <Shape tone="good" />
      {of.text}
    </p>
  );
}

/** Shows what a resource has read; before that its place, and where it failed why. */
export function Loaded<T>({
  of,
  rows,
  children,
}: {
  readonly of: Resource<T>;
  /** Height of the place that is kept, in rows. */
  readonly rows?: number | undefined;
  readonly children: (value: T) => ComponentChildren;
}) {
  const [value, error] = [of.value.value, of.error.value];
  return (
    <>
      {error && <Failed error={error} onRetry={of.refresh} isStale={value !== null} />}
      {value === null ? !error && <Loading {...(rows !== undefined && { rows })} /> : children(value)}
    </>
  );
}
