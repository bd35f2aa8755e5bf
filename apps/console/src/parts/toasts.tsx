import { signal } from "@preact/signals";
import { SECOND_MS, type Timer } from "@shoal/kernel";
import { clock } from "../adapters/browser.ts";
import { Shape, type Tone } from "./badge.tsx";

export interface Toast {
  readonly tone: Extract<Tone, "good" | "info" | "bad">;
  readonly text: string;
  readonly code?: string | undefined;
}

interface Shown extends Toast {
  readonly number: number;
}

/** How long good news stays. Bad news stays until it is closed. */
const STAY_MS = 6 * SECOND_MS;
/** More than these would cover the page; the oldest one goes. */
const MOST_TOASTS = 4;

const shown = signal<readonly Shown[]>([]);
const timers = new Map<number, Timer>();
let lastNumber = 0;

/** Says in a corner what has happened, also to a screen reader. */
export function toast(given: Toast): void {
  lastNumber += 1;
  const number = lastNumber;
  shown.value = [...shown.value, { ...given, number }].slice(-MOST_TOASTS);
  leaveLater(number);
}

const close = (number: number) => {
  timers.get(number)?.cancel();
  timers.delete(number);
  shown.value = shown.value.filter((each) => each.number !== number);
};

const leaveLater = (number: number) => {
  if (shown.value.find((each) => each.number === number)?.tone === "bad") return;
  timers.get(number)?.cancel();
  timers.set(
    number,
    clock.after(STAY_MS, () => close(number)),
  );
};

/** Who points at a toast or has the focus in it is still reading. */
const stay = (number: number) => timers.get(number)?.cancel();

/** Stands once in the page, before anything is said in it: a live region that comes with its text is not read aloud. */
export function Toasts() {
  return (
    <section class="toasts" aria-label="Notices" role="log" aria-live="polite" aria-relevant="additions">
      {shown.value.map(({ number, tone, text, code }) => (
        <div
          key={number}
          class={`toast ${tone}`}
          onPointerEnter={() => stay(number)}
          onPointerLeave={() => leaveLater(number)}
          onFocusIn={() => stay(number)}
          onFocusOut={() => leaveLater(number)}
        >
          <Shape tone={tone} />
          <p>
            {text} {code && <code class="code-name">{code}</code>}
          </p>
          <button type="button" class="button quiet" aria-label="Close the notice" onClick={() => close(number)}>
            ✕
          </button>
        </div>
      ))}
    </section>
  );
}
