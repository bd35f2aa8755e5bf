import { Component, type ComponentChildren } from "preact";
import { Button } from "./button.tsx";
import { Code } from "./text.tsx";

interface Props {
  /** What throws, in words: "This page". */
  readonly name: string;
  readonly children: ComponentChildren;
}

/** Keeps a fault to the part of the page in which it happened. Give it a `key` that changes with what is shown. */
export class ErrorBoundary extends Component<Props, { readonly fault: Error | null }> {
  override state = { fault: null };

  static override getDerivedStateFromError(thrown: unknown) {
    return { fault: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override render({ name, children }: Props, { fault }: { readonly fault: Error | null }) {
    if (!fault) return children;
    return (
      <div class="notice bad" role="alert">
        <p>
          {`${name} cannot be shown, because of a fault in the console. The daemon is not touched by it, and the other pages work. `}
          <code class="code-name">CONSOLE_FAULT</code>
        </p>
        <Button onPress={() => this.setState({ fault: null })}>Try again</Button>
        <Code label="The fault">{fault.stack ?? fault.message}</Code>
      </div>
    );
  }
}
