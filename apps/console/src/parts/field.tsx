import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface FieldProps {
  readonly label: string;
  /** How to fill it in. */
  readonly hint?: ComponentChildren | undefined;
  /** What is wrong with it, as the daemon or the page says. */
  readonly error?: string | null | undefined;
  /** The label is there for screen readers alone. */
  readonly isLabelHidden?: boolean | undefined;
}

/** A label, a control, its hint and what is wrong with it, bound together. */
export function Field({
  label,
  hint,
  error,
  isLabelHidden,
  children,
}: FieldProps & {
  readonly children: (control: {
    readonly id: string;
    readonly "aria-describedby": string | undefined;
    readonly "aria-invalid": true | undefined;
  }) => ComponentChildren;
}) {
  const id = useId();
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`];
  const described = [hint && hintId, error && errorId].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id} class={isLabelHidden ? "unseen" : undefined}>
        {label}
      </label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error ? true : undefined })}
      {hint && (
        <div id={hintId} class="hint">
          {hint}
        </div>
      )}
      {error && (
        <div id={errorId} class="field-error">
          {error}
        </div>
      )}
    </div>
  );
}

/** A line of text; several lines with `rows`. */
export function TextField({
  value,
  onInput,
  type = "text",
  rows,
  placeholder,
  maxLength,
  ...field
}: FieldProps & {
  readonly value: string;
  readonly onInput: (value: string) => unknown;
  readonly type?: "text" | "search" | "number" | "password" | "datetime-local" | undefined;
  readonly rows?: number | undefined;
  readonly placeholder?: string | undefined;
  readonly maxLength?: number | undefined;
}) {
  return (
    <Field {...field}>
      {(control) =>
        rows === undefined ? (
          <input
            {...control}
            // The types have a form for each kind of input, and none for "one of these".
            type={type as "text"}
            {...{ value, placeholder, maxLength }}
            dir="auto"
            autoComplete="off"
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        ) : (
          <textarea
            {...control}
            {...{ rows, value, placeholder, maxLength }}
            spellcheck={false}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        )
      }
    </Field>
  );
}

/** One of a few. */
export function Select({
  value,
  onChoose,
  choices,
  ...field
}: FieldProps & {
  readonly value: string;
  readonly onChoose: (value: string) => unknown;
  /** Value and words of each. */
  readonly choices: readonly (readonly [value: string, title: string])[];
}) {
  return (
    <Field {...field}>
      {(control) => (
        <select {...control} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
          {choices.map(([each, title]) => (
            <option key={each} value={each} selected={each === value}>
              {title}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** On or off. */
export function Switch({
  label,
  isOn,
  onSwitch,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onSwitch: (isOn: boolean) => unknown;
}) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={isOn}
        aria-checked={isOn}
        onChange={(event) => onSwitch(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
