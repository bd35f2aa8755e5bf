import { isUuid, printable } from "@shoal/kernel";
import { Scroll } from "./scroll.tsx";
import { toast } from "./toasts.tsx";

/** Shows text from outside: in a direction of its own, and what would hide or turn the reading order round is written out. */
export function Text({ children }: { readonly children: string }) {
  return <bdi>{printable(children)}</bdi>;
}

/** Text from outside of several lines, such as an error or source code. Line ends stay; everything else as in `Text`. */
export function Code({ children, label }: { readonly children: string; readonly label: string }) {
  return (
    <Scroll label={label} class="code">
      <pre dir="ltr">
        <code>{lines(children)}</code>
      </pre>
    </Scroll>
  );
}

/** A value as JSON in several lines. Bounded: `limitBytes` characters, then says how much is left out. */
export function Json({
  value,
  label,
  limitLength = 100_000,
}: {
  readonly value: unknown;
  readonly label: string;
  readonly limitLength?: number | undefined;
}) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const isCut = text.length > limitLength;
  return (
    <>
      <Code label={label}>{isCut ? text.slice(0, limitLength) : text}</Code>
      {isCut && <p class="hint">{`${text.length - limitLength} more characters are not shown.`}</p>}
    </>
  );
}

/** An id: shortened where it is a UUID, whole in its title and when it is read aloud, copied by a press. */
export function Id({ children }: { readonly children: string }) {
  const whole = printable(children);
  return (
    <button type="button" class="id" title={`${whole} (press to copy)`} onClick={() => copy(children)}>
      {isUuid(children) ? `${whole.slice(0, 8)}…` : whole}
      <span class="unseen">, copy {whole}</span>
    </button>
  );
}

/** Copies text, and says so. */
export async function copy(text: string): Promise<void> {
  const isCopied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  if (isCopied || copyBySelection(text)) toast({ tone: "good", text: "Copied." });
  else toast({ tone: "bad", text: "The browser did not allow copying. Select the text and copy it." });
}

/** A page that came by plain HTTP from another machine has no clipboard, and may copy what is selected. */
function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return isCopied;
}

const lines = (text: string) =>
  text
    .split(/\r?\n/)
    .map((line) => line.split("\t").map(printable).join("  "))
    .join("\n");
