import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { spawnProgram, testServers } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTab, type Tab } from "../src/strategies/backtest/report/browser.test-support.ts";
import { startTestService, type TestService, until } from "./test-service.ts";

const HOUR_MS = "3600000";
const SERVER = join(import.meta.dirname, "../../../examples/browser/serve.ts");

/** Starts the program unchanged with that daemon; resolves with the address it prints. */
async function serve({ environment }: TestService): Promise<string> {
  const { SUPABASE_URL, SUPABASE_ANON_KEY } = environment;
  const env = { SUPABASE_URL, SUPABASE_ANON_KEY: SUPABASE_ANON_KEY ?? "", PORT: "0" };
  const child = spawnProgram([SERVER], { env, stderr: "inherit" });
  let printed = "";
  for await (const bytes of child.stdout) {
    printed += new TextDecoder().decode(bytes);
    const [url] = /http:\S+(?=:)/.exec(printed) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`The server of the page ended: ${printed}`);
}

const press = (form: string) => `document.querySelector("#${form}").requestSubmit()`;
const textOf = (tab: Tab, id: string) =>
  tab.evaluate(`document.getElementById("${id}").textContent`) as Promise<string>;

async function openPage(url: string): Promise<Tab> {
  const tab = await openTab();
  const { errors } = await tab.open(url, { colors: "light", widthPixels: 800 });
  expect(errors).toEqual([]);
  return tab;
}

describe.runIf(testServers().chromium)("the page of examples/browser", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ CHANNEL_ACCESS: "private", MATCH_BOT_AFTER_MS: HOUR_MS });
    await until(async () => (await service.get("/readyz")).status === 200);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const closedReasons = async () => {
    const runtime = createSystemRuntime();
    const database = createDatabase<string>({ url: service.environment.DATABASE_URL, runtime, maxConnections: 1 });
    try {
      const sql = "select closed_reason from shoal.match_tickets order by opened_at";
      return (await database.query<{ closed_reason: string | null }>(sql)).map((row) => row.closed_reason);
    } finally {
      await database.close();
    }
  };

  it("lets two people meet, talk and leave, and waits for nobody behind a page that is closed", async () => {
    const url = await serve(service);
    const [one, other] = await Promise.all([openPage(url), openPage(url)]);
    for (const tab of [one, other]) await tab.evaluate(press("wait"));
    for (const tab of [one, other]) await until(async () => (await textOf(tab, "status")) === "You talk with Ann.");

    await one.evaluate(`document.getElementById("text").value = "Hi, I like <b>jazz</b>"`);
    await one.evaluate(press("say"));
    for (const [tab, name] of [
      [one, "You"],
      [other, "Ann"],
    ] as const) {
      await until(async () => (await textOf(tab, "talk")) === `${name}: Hi, I like <b>jazz</b>`);
    }

    await one.evaluate(`document.getElementById("leave").click()`);
    await until(async () => (await textOf(one, "status")) === "You have left.");
    await until(async () => (await textOf(other, "status")) === "Ann has left.");

    await one.evaluate(press("wait"));
    await until(async () => (await closedReasons()).length === 3);
    await one.open("about:blank", { colors: "light", widthPixels: 800 });
    await until(async () => (await closedReasons()).at(-1) === "cancelled");
    expect(service.snapshot().matches).toMatchObject({ personPerson: 1, personBot: 0 });
  });
});
