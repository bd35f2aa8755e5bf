const CONTROLS = "a[href], button, input, select";

const rowOf = (element: Element | null) => element?.closest<HTMLElement>("tr[data-key]") ?? null;

const controlsOf = (row: Element) => [...row.querySelectorAll<HTMLElement>(CONTROLS)];

/**
 * Notes where in the table the focus is, before its rows are drawn again. Returns what puts it back: to the same control of the same
 * row where that still is, to the table where the row is gone, so that nobody is thrown to the start of the page.
 */
export function keepFocus(box: HTMLElement | null): () => void {
  const active = document.activeElement;
  const row = rowOf(active);
  if (!box || !row || !box.contains(row) || !(active instanceof HTMLElement)) return () => {};
  const [key, index] = [row.dataset["key"] ?? "", controlsOf(row).indexOf(active)];
  return () => {
    if (document.activeElement === active) return;
    if (document.activeElement !== document.body && document.activeElement !== null) return;
    const again = box.querySelector(`tr[data-key="${CSS.escape(key)}"]`);
    const control = again && controlsOf(again)[index];
    (control ?? box).focus({ preventScroll: true });
  };
}

/** Arrow up and down go to the same control of the row above or below. */
export function moveByKeys(event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const active = document.activeElement;
  if (active instanceof HTMLSelectElement) return;
  const row = rowOf(active);
  if (!row || !(active instanceof HTMLElement)) return;
  const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
  const control = rowOf(next) && next ? controlsOf(next)[controlsOf(row).indexOf(active)] : undefined;
  if (!control) return;
  event.preventDefault();
  control.focus();
}
