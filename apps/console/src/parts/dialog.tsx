import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./button.tsx";

export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  /** Called by Escape, the button, and a press beside the dialog. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** Buttons at the end; a button "Close" unless given. */
  readonly actions?: ComponentChildren | undefined;
  readonly isWide?: boolean | undefined;
}

/** A native modal dialog: the page behind it is out of reach, and the focus returns to where it was. */
export function Dialog({ title, isOpen, onClose, children, actions, isWide }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    if (isOpen) element.current?.showModal();
    else element.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={element}
      class={`dialog ${isWide ? "wide" : ""}`}
      aria-labelledby={titleId}
      onClose={onClose}
      closedby="any"
    >
      {isOpen && (
        <div class="dialog-inside">
          <h2 id={titleId}>{title}</h2>
          <div class="dialog-body">{children}</div>
          <div class="dialog-actions">{actions ?? <Button onPress={onClose}>Close</Button>}</div>
        </div>
      )}
    </dialog>
  );
}

/** What somebody is asked before something is done. */
export interface Confirmation {
  readonly title: string;
  /** What will happen, to how many, and whether it can be undone. */
  readonly body: ComponentChildren;
  /** Words of the button: "Cancel 12 jobs", not "OK". */
  readonly action: string;
  /** Cannot be undone: the button is red, and the focus starts at the way out. */
  readonly isDangerous?: boolean | undefined;
}

const asked = signal<(Confirmation & { readonly answer: (isConfirmed: boolean) => void }) | null>(null);

/** Asks, and returns whether it was confirmed. */
export function confirm(question: Confirmation): Promise<boolean> {
  asked.peek()?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      answer(isConfirmed) {
        asked.value = null;
        resolve(isConfirmed);
      },
    };
  });
}

/** Stands once in the page, and shows what `confirm` asks. */
export function ConfirmDialog() {
  const question = asked.value;
  const answer = (isConfirmed: boolean) => () => question?.answer(isConfirmed);
  return (
    <Dialog
      title={question?.title ?? ""}
      isOpen={question !== null}
      onClose={answer(false)}
      actions={
        <>
          <Button onPress={answer(false)}>Leave it</Button>
          <Button kind={question?.isDangerous ? "danger" : "primary"} onPress={answer(true)}>
            {question?.action}
          </Button>
        </>
      }
    >
      {question?.body}
    </Dialog>
  );
}
