import { type AnyCommand, createCommand } from "@shoal/command-line";
import { isAlive } from "../../backend/adapters/is-alive.ts";
import { processEnvironment } from "../../config.ts";
import { giveAnswer } from "../answer.ts";
import { findDaemon } from "../daemon.ts";
import type { Exit } from "../exit-code.ts";
import { createDeskClient } from "../strategies/desk-client.ts";
import { subcommand } from "../strategies/subcommand.ts";
import { rotateSecrets } from "./rotate.ts";

const ROTATE_HELP = `
  bun run shoal secrets rotate

Put the new key before the old one in ENCRYPTION_KEY of every daemon and restart them; then rotate, and take the old key out. A rotation
that was interrupted is begun again: what is done stays done. It needs the daemon's token.

Exit codes: 0 all are sealed with the first key, 1 some stay as they were, 2 wrong usage.`;

/** Makes `shoal secrets`. */
export function secretsCommand(exit: Exit): AnyCommand {
  const rotate = subcommand("rotate", "seal all secrets with the first key of ENCRYPTION_KEY", ROTATE_HELP).action(
    async ({ json }) => {
      const daemon = findDaemon(processEnvironment(), isAlive, "bun run shoal secrets --help");
      const desk = createDeskClient(daemon, new AbortController().signal);
      const answer = await rotateSecrets(desk, (count) => void process.stderr.write(`looked at so far: ${count}\n`));
      giveAnswer(answer, json === true, exit);
    },
  );
  return createCommand("secrets")
    .description(
      "Keys of exchanges that owners have given, all of them. Your own: bun run shoal strategies secrets --help",
    )
    .addCommand(rotate);
}
