import { printable, SECOND_MS } from "@shoal/kernel";
import { z } from "zod";
import { OPERATOR_ID } from "../../strategies/desk/sql.ts";
import type { Answer } from "../answer.ts";
import type { DeskClient } from "../strategies/desk-client.ts";

const address = z.object({ owner_id: z.string(), name: z.string() });
const failure = address.extend({ key_id: z.string(), code: z.string() });
const page = z.object({
  key_id: z.string(),
  rotated_count: z.int(),
  failed_count: z.int(),
  failures: z.array(failure),
  next: address.nullable(),
});

/** Each is opened, sealed and written by itself. */
const PAGE_LIMIT_MS = 60 * SECOND_MS;
const FAILURES_SHOWN = 100;

/** Has the daemon seal all secrets with its first key, page by page. `onPage` hears how many were looked at so far. */
export async function rotateSecrets(
  desk: Pick<DeskClient, "ask">,
  onPage: (lookedAtCount: number) => void,
): Promise<Answer> {
  const failures: z.infer<typeof failure>[] = [];
  let [rotatedCount, failedCount] = [0, 0];
  for (let after: z.infer<typeof address> | null = null; ; ) {
    const request = { method: "POST", path: "/strategies/secrets/rotate", limitMs: PAGE_LIMIT_MS } as const;
    const { view }: { view: z.infer<typeof page> } = await desk.ask(page, {
      ...request,
      body: after === null ? {} : { after },
    });
    rotatedCount += view.rotated_count;
    failedCount += view.failed_count;
    failures.push(...view.failures.slice(0, FAILURES_SHOWN - failures.length));
    after = view.next;
    if (after === null) {
      const json = { key_id: view.key_id, rotated_count: rotatedCount, failed_count: failedCount, failures };
      const text = drawRotation(view.key_id, rotatedCount, failedCount, failures);
      return { text, json, exitCode: failedCount > 0 ? 1 : 0 };
    }
    onPage(rotatedCount + failedCount);
  }
}

function drawRotation(
  keyId: string,
  rotatedCount: number,
  failedCount: number,
  failures: readonly z.infer<typeof failure>[],
): string {
  if (rotatedCount + failedCount === 0) return `every secret is sealed with the key ${keyId} already\n`;
  const done = `sealed with the key ${keyId} now: ${rotatedCount}\n`;
  if (failedCount === 0) return `${done}the other keys may be taken out of ENCRYPTION_KEY\n`;
  const lines = failures.map(
    ({ owner_id, name, key_id, code }) =>
      `  ${owner_id === OPERATOR_ID ? "the operator" : owner_id}  ${printable(name)}  ${whyNot(code, key_id)}\n`,
  );
  const more = failedCount > failures.length ? `  and ${failedCount - failures.length} more\n` : "";
  return `${done}as they were: ${failedCount}\n${lines.join("")}${more}`;
}

function whyNot(code: string, keyId: string): string {
  if (code === "STRATEGY_SECRET_KEY_MISSING") {
    return `ENCRYPTION_KEY does not have the key ${keyId}: add it behind the first one, and rotate again`;
  }
  return `it does not open with the key ${keyId}: the owner has to write it anew`;
}
