import { type Clock, printable } from "@shoal/kernel";
import type { Answer } from "../answer.ts";
import { readSource } from "../backtest/inputs.ts";
import type { Progress } from "../backtest/progress.ts";
import type { Sandbox } from "../backtest/sandbox.ts";
import type { DeployCommand } from "./command.types.ts";
import { deployFile, refusedCode } from "./deploy.ts";
import type { DeskClient } from "./desk-client.ts";
import { ask, type Input, type Questions } from "./prompt.ts";
import { shadowDeploy } from "./shadow.ts";
import { drawShadow, shadowBody } from "./shadow-view.ts";

/** Not deployed, because the answer was no or nobody was there to ask. */
const NOT_DEPLOYED = 3;

interface Outside {
  readonly desk: DeskClient;
  readonly token: string | undefined;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly isJson: boolean;
  readonly input: Input;
  readonly questions: Questions;
  readonly print: (text: string) => void;
}

/**
 * Shows what the file would have done in the runs of the last time, and deploys it if that is wanted.
 * @throws STRATEGY_CODE_INVALID the check refuses the file; BACKTEST_FILE_UNREADABLE; as `shadowDeploy` and `deployFile`
 */
export async function deployAfterShadow(deploy: DeployCommand, shadowMs: number, outside: Outside): Promise<Answer> {
  const { desk, sandbox, clock, progress, isJson, print } = outside;
  // Read once: what is deployed after the question is what was shown, whatever became of the file meanwhile.
  const read = readSource(deploy.path);
  const { source, language } = read;
  const checked = await sandbox.check(source, language);
  if (!checked.ok) throw refusedCode(deploy.path, source, checked.diagnostics);
  const shadow = await shadowDeploy(deploy, shadowMs, checked.code, { ...outside, nowMs: clock.now() });
  progress.end();
  if (!isJson) print(drawShadow(deploy.path, shadow));
  const body = { shadow: shadowBody(shadow) };
  if (!(await isWanted(deploy, outside))) {
    return { text: "not deployed\n", json: { ...body, deployed: null }, exitCode: NOT_DEPLOYED };
  }
  const deployed = await deployFile(deploy, read, desk);
  return { ...deployed, json: { ...body, deployed: deployed.json } };
}

async function isWanted({ isYes, name }: DeployCommand, { input, questions }: Outside): Promise<boolean> {
  if (isYes) return true;
  if (!input.isTTY) {
    questions.write("nobody is here to ask: give --yes to deploy after --shadow\n");
    return false;
  }
  const [answer = ""] = await ask([`deploy it as the next version of ${printable(name)}? [y/N] `], {
    ...{ input, output: questions, isShown: true },
  });
  return /^y(es)?$/i.test(answer.trim());
}
