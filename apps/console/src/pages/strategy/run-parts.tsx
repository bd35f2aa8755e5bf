import type { RunBody } from "@shoal/bot-service/bodies";
import { Badge, type Tone } from "../../parts/badge.tsx";
import { Text } from "../../parts/text.tsx";

const TONES: Readonly<Record<RunBody["outcome"], Tone>> = { ok: "good", failed: "warn", killed: "bad" };
const WORDS: Readonly<Record<RunBody["outcome"], string>> = {
  ok: "ok",
  failed: "failed",
  killed: "ended from outside",
};

export const OutcomeBadge = ({ of: { outcome } }: { readonly of: Pick<RunBody, "outcome"> }) => (
  <Badge tone={TONES[outcome]}>{WORDS[outcome]}</Badge>
);

/** Why a run failed, and where in the code. Nothing for one that went well. */
export function RunErrorText({ of: { error } }: { readonly of: Pick<RunBody, "error"> }) {
  if (error === null) return null;
  const { code, message, line, column } = error;
  return (
    <span>
      <code class="code-name">
        <Text>{code}</Text>
      </code>{" "}
      <Text>{message}</Text>
      {line !== undefined && (
        <span class="hint">{` (line ${line}${column === undefined ? "" : `, column ${column}`})`}</span>
      )}
    </span>
  );
}

/** How long after its tick a run began. */
export const lagMs = ({ planned_at, started_at }: RunBody) =>
  Math.max(0, Date.parse(started_at) - Date.parse(planned_at));
