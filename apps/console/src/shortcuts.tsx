import { SECOND_MS } from "@shoal/kernel";
import { useEffect, useRef } from "preact/hooks";
import { clock } from "./adapters/browser.ts";
import { areKeysListed, areKeysOn } from "./keys.ts";
import { pages } from "./pages.ts";
import { lazy } from "./parts/lazy.tsx";
import { goTo } from "./router.ts";

/** Within this time after `g`, a letter goes to a page. */
const GO_MS = 1.5 * SECOND_MS;

const KeysDialog = lazy(async () => (await import("./keys-dialog.tsx")).KeysDialog);

/** Keys that work anywhere on a page, and the dialog that lists them and turns them off. `?` opens it, also when they are off. */
export function Shortcuts() {
  const wasListed = useRef(false);
  wasListed.current ||= areKeysListed.value;
  useEffect(() => {
    let goUntilMs = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const isAfterG = clock.monotonicMs() < goUntilMs;
      goUntilMs = 0;
      if (event.key === "?") areKeysListed.value = true;
      else if (!areKeysOn.value) return;
      else if (event.key === "g") goUntilMs = clock.monotonicMs() + GO_MS;
      else if (event.key === "/") focusSearch(event);
      else if (isAfterG) {
        const page = pages.find(({ key }) => key === event.key);
        if (page) goTo(page.path);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return wasListed.current ? <KeysDialog /> : null;
}

/** Letters belong to what is typed in, and everything to a dialog that is open. */
const isTyping = (target: EventTarget | null) =>
  target instanceof Element &&
  target.closest("input:not([type=checkbox]), textarea, select, dialog, [popover]") !== null;

function focusSearch(event: KeyboardEvent): void {
  const search = document.querySelector<HTMLInputElement>("main input[type=search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
}
