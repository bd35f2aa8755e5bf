import { type LogFields, silentLog } from "@shoal/kernel";
import { createSimulatedClock, leakCheck } from "@shoal/testkit";
import { expect, it } from "vitest";
import { fakeSecrets, fakeStrategies, STRATEGY_ID } from "../../http/strategies.test-support.ts";
import { StrategyDeskError } from "./errors.ts";
import { createChangeLog } from "./log.ts";
import type { StrategyDesk } from "./strategy-desk.types.ts";

const leaks = leakCheck();
const operator = { userId: null };
const user = { userId: "11111111-1111-4111-8111-111111111111" };
const SOURCE = "export function run() {}";
const request = { source: SOURCE, name: "my name", config: { token: "value" } };

function makeLog(changes: Partial<StrategyDesk> = {}) {
  const clock = leaks.clock(createSimulatedClock());
  const lines: [string, LogFields][] = [];
  const info = (fields: LogFields, message: string) => void lines.push([message, fields]);
  const log = createChangeLog({ clock, log: { ...silentLog, info } });
  return { ...log, desk: log.desk({ ...fakeStrategies.desk, ...changes }), wrap: log.secrets, lines };
}

it("has a line for each change of the operator, and none for what is only looked at or asked for again", async () => {
  const { desk, lines, close } = makeLog();
  await desk.deploy(operator, request);
  for (const name of ["start", "stop", "pause", "resume", "restart"] as const) await desk[name](operator, STRATEGY_ID);
  await desk.updateConfig(operator, STRATEGY_ID, { token: "value" });
  await desk.rollback(operator, STRATEGY_ID, 1);
  await desk.cancelOrder(operator, STRATEGY_ID);
  await desk.remove(operator, STRATEGY_ID);
  const changes = lines.length;
  expect(lines.map(([, fields]) => [fields["asked_by"], fields["strategy_id"]])).toEqual(
    Array(10).fill(["operator", STRATEGY_ID]),
  );
  expect(lines[0]?.[1]).toEqual({
    ...{
      asked_by: "operator",
      strategy_id: STRATEGY_ID,
      owner_id: null,
      version: 2,
      venue: "paper",
      status: "running",
    },
  });
  await Promise.all([desk.status(operator, STRATEGY_ID), desk.execute(operator, STRATEGY_ID)]);
  close();
  expect(lines).toHaveLength(changes);
});

it("has no line for a deploy that was repeated, and for what was refused", async () => {
  const refused = async () => {
    throw new StrategyDeskError("STRATEGY_UNKNOWN", "none");
  };
  const { deploy } = fakeStrategies.desk;
  const again: StrategyDesk["deploy"] = async (...given) => ({ ...(await deploy(...given)), outcome: "repeated" });
  const { desk, lines, close } = makeLog({ stop: refused, deploy: again });
  await desk.deploy(operator, request);
  await expect(desk.stop(operator, STRATEGY_ID)).rejects.toThrow("none");
  close();
  expect(lines).toEqual([]);
});

it("is not drowned by a user, and has nothing that is the user's own: no code, settings, names or keys", async () => {
  const { desk, wrap, lines, close } = makeLog();
  await desk.deploy(user, request);
  for (let count = 0; count < 20; count += 1) await desk.stop(user, STRATEGY_ID);
  const secrets = wrap(fakeSecrets);
  await secrets.put(user.userId, "my name", { apiKey: "value", secret: "value" });
  await secrets.remove(user.userId, "my name");
  close();
  expect(lines.filter(([, fields]) => fields["asked_by"] === user.userId)).toHaveLength(6);
  expect(lines.map(([, fields]) => fields)).toContainEqual({ asked_by: user.userId, more_count: 16 });
  expect(lines.filter(([, fields]) => fields["owner_id"] === user.userId)).toHaveLength(2);
  const text = JSON.stringify(lines);
  for (const own of [SOURCE, "my name", "value"]) expect(text).not.toContain(own);
});
