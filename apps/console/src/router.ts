import { computed, signal } from "@preact/signals";
import { placeOf, withParameters } from "./place.ts";

/** Path under which the console is served, ending with `/`: the daemon writes it into the document. */
const base = new URL(document.baseURI).pathname;

const here = () => placeOf(base, location);

const current = signal(here());

export const place = computed(() => current.value);

export const addressOf = (path: string) => base + path.replace(/^\//, "");

/** How one has come to a page: by a link, or by Back and Forward. */
export type Arrival = "link" | "history";

let arrival: Arrival | null = null;

/** Goes to a page, as a link to it does. `isReplaced`: as a change of what is seen there, not a step that Back undoes. */
export function goTo(path: string, isReplaced = false): void {
  history[isReplaced ? "replaceState" : "pushState"](null, "", addressOf(path));
  if (!isReplaced) arrival = "link";
  current.value = here();
}

/** Returns once after each step to another page how it was made; null where there was none. The heading then takes the focus. */
export function takeArrival(): Arrival | null {
  const taken = arrival;
  arrival = null;
  return taken;
}

/** Value of a parameter in the address; "" where it is not there. */
export const parameter = (name: string): string => place.value.query.get(name) ?? "";

/** Sets parameters of the address, which is how a page keeps what was chosen on it; an empty one is taken out. No step of Back. */
export function setParameters(values: Readonly<Record<string, string>>): void {
  goTo(withParameters(current.peek(), values), true);
}

/** Lets links within the console change the page without loading the document again. */
export function followLinks(): void {
  addEventListener("popstate", () => {
    arrival = "history";
    current.value = here();
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.defaultPrevented || !isPlainPress(event) || !isOfConsole(link)) return;
    event.preventDefault();
    goTo(`/${link.pathname.slice(base.length)}${link.search}`);
  });
}

/** Others open a tab, or save what the link leads to. */
const isPlainPress = ({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent) =>
  button === 0 && !(metaKey || ctrlKey || shiftKey || altKey);

/** `external`: another document beneath the base path. */
const isOfConsole = ({ origin, pathname, target, rel }: HTMLAnchorElement) =>
  origin === location.origin && pathname.startsWith(base) && target === "" && rel !== "external";
