import { expect, it } from "vitest";
import { createLog } from "./create-log.ts";
import { createLineRelay } from "./line-relay.ts";

const messageOf = (line: string): unknown => JSON.parse(line).msg;

it("passes on the latest hundred lines of before, and each that comes", () => {
  const lines: unknown[] = [];
  const relay = createLineRelay();
  const log = createLog({ level: "info", destination: { write() {} }, tee: relay });
  for (let count = 0; count < 130; count += 1) log.info({}, `${count}`);
  relay.listen((line) => lines.push(messageOf(line)));
  log.debug({}, "below the level");
  log.info({}, "next");
  expect(lines).toEqual([...Array.from({ length: 100 }, (_, index) => `${30 + index}`), "next"]);
});

it("is given JSON without secrets, whatever else the log writes", () => {
  const [written, passed]: [string[], string[]] = [[], []];
  const tee = { write: (line: string) => passed.push(line) };
  const log = createLog({ level: "info", pretty: true, destination: { write: (line) => written.push(line) }, tee });
  log.warn({ token: "hunter22" }, "password=hunter22");
  expect(JSON.parse(passed[0] ?? "")).toMatchObject({ level: "warn", token: "[redacted]", msg: "password=[redacted]" });
  expect([written.length, passed.length, passed[0]?.endsWith("\n")]).toEqual([1, 1, true]);
});
