import type { ComponentChildren } from "preact";
import { role } from "../api.ts";

export interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onPress?: ((event: MouseEvent) => unknown) | undefined;
  /** Sends the form it stands in. */
  readonly isSubmit?: boolean | undefined;
  /** `primary`: the one thing to do here. `danger`: cannot be undone. `quiet`: without a border, in rows and headers. */
  readonly kind?: "plain" | "primary" | "danger" | "quiet" | undefined;
  /** Name for screen readers, where the content alone does not say it. */
  readonly label?: string | undefined;
  readonly title?: string | undefined;
  readonly isBusy?: boolean | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly isPressed?: boolean | undefined;
  /** Whether it changes something: such a button is not there for a reader, whom the daemon would refuse. */
  readonly isChange?: boolean | undefined;
}

/** A button. While busy it keeps its place, its width and the focus. */
export function Button({ children, onPress, kind = "plain", label, title, isBusy, isDisabled, ...rest }: ButtonProps) {
  if (rest.isChange && role.value !== "operator") return null;
  const isOff = isDisabled === true || isBusy === true;
  return (
    <button
      type={rest.isSubmit ? "submit" : "button"}
      class={`button ${kind}`}
      aria-label={label}
      aria-pressed={rest.isPressed}
      aria-busy={isBusy || undefined}
      // A disabled button would lose the focus, and with it the place of who works by keyboard.
      aria-disabled={isOff || undefined}
      title={title}
      onClick={(event) => (isOff ? event.preventDefault() : onPress?.(event))}
    >
      {children}
    </button>
  );
}

/** A link that looks like a button: goes somewhere, changes nothing. */
export function LinkButton({ href, children }: { readonly href: string; readonly children: ComponentChildren }) {
  return (
    <a class="button plain" href={href}>
      {children}
    </a>
  );
}
