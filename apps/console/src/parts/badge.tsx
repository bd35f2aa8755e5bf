import type { ComponentChildren } from "preact";

/** good: as it should be. info: under way. warn: look at it. bad: somebody is hurt. off: not in use. */
export type Tone = "good" | "info" | "warn" | "bad" | "off";

/** Each tone has a shape of its own, for whom the colours look alike. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z",
  info: "M8 .5 15.5 8 8 15.5.5 8Z",
  warn: "M8 1.2 15.4 14.5H.6Z",
  bad: "M3.4 1 8 5.6 12.6 1 15 3.4 10.4 8l4.6 4.6-2.4 2.4L8 10.4 3.4 15 1 12.6 5.6 8 1 3.4Z",
  off: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 2.6a3.9 3.9 0 1 1 0 7.8 3.9 3.9 0 0 1 0-7.8Z",
};

export function Shape({ tone }: { readonly tone: Tone }) {
  return (
    <svg class={`shape ${tone}`} viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">
      <path d={SHAPES[tone]} fill-rule="evenodd" />
    </svg>
  );
}

/** A state, by colour, shape and word. The word is what is read aloud. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      <Shape tone={tone} />
      {children}
    </span>
  );
}
