import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import { testServers } from "@shoal/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startTestService, type TestService, until } from "../test-service.ts";
import { axeFindingsOfThemes, layoutShifts, openBrowser, openConsole, sidewaysPx } from "./browser.test-support.ts";

const HOSTILE = '<img src=x onerror="document.title=1"><b>Sam</b>\u202Eevil';
const SHOWN = String.raw`<img src=x onerror="document.title=1"><b>Sam</b>\u{202e}evil`;
const READ_TOKEN = "read-token-of-the-test-0123456789";
const MANY = 10_000;

interface Row {
  readonly desired: string;
  readonly status: string;
  readonly generation: number;
  readonly name: string;
  readonly config: object;
}

describe.runIf(testServers().chromium)("the pages of bots, pool, replicas and configuration in Chromium", () => {
  let service: TestService;
  let browser: Browser;
  let database: Database<string>;
  beforeAll(async () => {
    // Nobody asks the model.
    const model = {
      LLM_BASE_URL: "http://127.0.0.1:9/v1",
      LLM_MODEL: "m",
      LLM_PRICE_INPUT: "1",
      LLM_PRICE_OUTPUT: "1",
    };
    const environment = { CHANNEL_ACCESS: "private", BOT_MIN_COUNT: "2", SHOAL_READ_TOKEN: READ_TOKEN, ...model };
    [service, browser] = await Promise.all([startTestService(environment), openBrowser()]);
    await until(async () => (await service.get("/readyz")).status === 200);
    database = createDatabase<string>({ url: service.environment.DATABASE_URL, runtime: createSystemRuntime() });
  });
  afterAll(async () => {
    await database.close();
    await browser.close();
    await service[Symbol.asyncDispose]();
  });

  const rowOf = async (botId: string) => {
    const [row] = await database.query<Row>(
      "select desired, status, generation, name, config from public.bot_deployments where bot_id = $1",
      [botId],
    );
    return row;
  };
  /** Waits until the row of a bot is as wanted. */
  const becomes = (botId: string, wanted: Partial<Row>) =>
    until(async () => {
      const row = await rowOf(botId);
      return row !== undefined && Object.entries(wanted).every(([name, value]) => row[name as keyof Row] === value);
    });
  const outcomesOf = (page: Page) => page.getByRole("region", { name: "Commands given here" });

  it("deploys a bot, and follows each command to it until its outcome is final", async () => {
    const { page, faults } = await openConsole(browser, service, "fleet?tab=deployed");
    await page.getByText("No bot is deployed").waitFor();
    await page.getByRole("button", { name: "Deploy a bot" }).click();
    const dialog = page.getByRole("dialog", { name: "Deploy a bot" });
    await dialog.getByLabel("Id").fill("sam");
    await dialog.getByLabel("Name").fill(HOSTILE);
    await dialog.getByLabel("Settings").fill("{");
    await dialog.getByText("This is not JSON").waitFor();
    await dialog.getByLabel("Settings").fill('{"persona": 5}');
    await dialog.getByText("config: ").waitFor();
    await dialog.getByLabel("Settings").fill('{"max_messages": 3}');
    await dialog.getByText("The daemon takes these settings.").waitFor();
    await dialog.getByRole("button", { name: "Deploy", exact: true }).click();
    const followed = outcomesOf(page);
    await followed.getByText("running").waitFor();
    expect(await rowOf("sam")).toMatchObject({ desired: "running", name: HOSTILE, config: { max_messages: 3 } });
    await page.getByRole("link", { name: SHOWN }).waitFor();
    expect(await page.locator("main img").count()).toBe(0);

    const give = async (title: string) => {
      await page.getByRole("button", { name: "Commands to sam" }).click();
      await page.getByRole("menuitem", { name: title, exact: true }).click();
    };
    await give("Pause");
    await becomes("sam", { desired: "paused", status: "paused" });
    await give("Resume");
    await becomes("sam", { desired: "running", status: "running" });
    await give("Restart");
    await becomes("sam", { generation: 2 });
    await give("Stop after conversation");
    await becomes("sam", { desired: "stopped", status: "stopped" });
    await give("Pause");
    await followed.getByText("CONTROL_WRONG_STATE").waitFor();
    await give("Start");
    await becomes("sam", { desired: "running", status: "running" });
    await give("Stop now");
    await page.getByRole("dialog").getByRole("button", { name: "Stop now: 1 bot" }).click();
    await becomes("sam", { desired: "stopped", status: "stopped" });
    const open = followed.getByText(/waits to be applied|applied; the bot is/);
    await until(async () => (await open.count()) === 0);
    await page.getByRole("button", { name: "Clear what is finished" }).click();
    await followed.waitFor({ state: "detached" });
    expect(faults).toEqual([]);
  });

  it("changes the settings of a bot on its own page, where its commands and states are", async () => {
    await service.api("POST", "/api/bot/start", { bot_id: "tom", name: "Tom" });
    await becomes("tom", { status: "running" });
    const { page, faults } = await openConsole(browser, service, "fleet/tom");
    await page.getByRole("heading", { name: "Tom" }).waitFor();
    await page.getByText("It runs as it should.").waitFor();
    await page.getByRole("region", { name: "What it went through here" }).getByText("idle").waitFor();
    await page.getByRole("button", { name: "Change settings" }).click();
    const dialog = page.getByRole("dialog", { name: "Settings" });
    await dialog.getByLabel("Settings").fill('{"max_messages": 7}');
    await dialog.getByText("The daemon takes these settings.").waitFor();
    await dialog.getByRole("button", { name: "Change settings" }).click();
    await becomes("tom", { generation: 2 });
    expect(await rowOf("tom")).toMatchObject({ config: { max_messages: 7 } });
    await page.getByRole("region", { name: "Commands to it" }).getByText("UPDATE_CONFIG").waitFor();
    expect(faults).toEqual([]);
  });

  it("draws of 10,000 deployed bots those that are seen, finds one, and commands all that fit", async () => {
    await database.query(
      `insert into public.bot_deployments (bot_id, kind, name, desired, status)
       select 'many-' || lpad(n::text, 5, '0'), 'conversation', 'Many ' || n, 'stopped', 'stopped' from generate_series(1, $1::int) n`,
      [MANY],
    );
    const { page, faults } = await openConsole(browser, service, "fleet?tab=deployed&search=many-");
    const table = page.getByRole("region", { name: "Deployed bots" });
    await table.getByText("many-10000", { exact: true }).waitFor();
    expect(await table.locator("tbody tr").count()).toBeLessThan(100);
    await page.getByRole("button", { name: "Select all that fit" }).click();
    await page.getByText("10,000 selected.", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Select none" }).click();
    await page.getByLabel("Name or id").fill("MANY-0001");
    await table.getByText("many-00019", { exact: true }).waitFor();
    expect(await table.getByRole("link").count()).toBe(10);
    await page.getByRole("checkbox", { name: /Select all 10/ }).check();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove: 10 bots" }).click();
    await outcomesOf(page).getByText("10 done").waitFor();
    const [left] = await database.query<{ count: number }>(
      "select count(*)::int as count from public.bot_deployments where bot_id like 'many-%'",
    );
    expect(left?.count).toBe(MANY - 10);
    await page.getByText("No deployed bot fits").waitFor();
    await database.query("delete from public.bot_deployments where bot_id like 'many-%'");
    expect(faults).toEqual([]);
  });

  it("says what kept the pool from joining, and what is wrong in the fleet of replicas", async () => {
    const { page, faults } = await openConsole(browser, service, "pool?tab=breaker");
    const timeline = page.getByRole("region", { name: "Breaker, holds and lost sockets" });
    await timeline.getByText("breaker up").first().waitFor();
    service.realtime?.faults.dropSockets(1011);
    await timeline.getByText("socket closed").first().waitFor();
    await page.getByRole("tab", { name: "Channels" }).click();
    await page.getByLabel("Topic or client").fill("GLOBAL:LOB");
    await page.getByRole("link", { name: "global:lobby" }).first().click();
    await page.getByRole("heading", { name: "global:lobby" }).waitFor();
    await page.getByText("recovered", { exact: true }).first().waitFor();
    await page.getByRole("link", { name: "Channels" }).click();
    await page.getByRole("tab", { name: "Sockets" }).click();
    await page.getByRole("region", { name: "Sockets" }).getByText("open").first().waitFor();
    await database.query(
      `insert into shoal.replicas (replica_id, version, protocol, role, is_draining, bot_max, started_at, renewed_at, expires_at, revision)
       select 'gone-by', '9.9.9', 1, 'fleet', false, 10, now(), now() - interval '1 minute', now() - interval '50 seconds', 1`,
    );
    await page.getByRole("link", { name: "Replicas", exact: true }).click();
    await page.getByText("1 replica lost within the last 10 min").waitFor();
    await page.getByText("9.9.9").waitFor();
    await page.getByText("this one").waitFor();
    expect(faults).toEqual([]);
  });

  it("lists the bots of the daemon, one by its state, and shows what one went through", async () => {
    const person = await service.signIn();
    onTestFinished(() => person[Symbol.asyncDispose]());
    const { page, faults } = await openConsole(browser, service, "fleet");
    const table = page.getByRole("region", { name: "Bots of this daemon" });
    await table.getByText("idle").first().waitFor();
    const notice = await person.meet();
    await person.enterRoom(notice);
    await page.getByLabel("State").selectOption("talking");
    await table.getByText("talking").first().waitFor();
    await table.getByRole("link").first().click();
    await page.getByText("joined, partner present").waitFor();
    await page.getByRole("region", { name: "States, the latest first" }).getByText("reserved").waitFor();
    expect(faults).toEqual([]);
  });

  it("shows the variables, finds one, leaves out what is as usual, and copies them without secrets", async () => {
    const { page, faults } = await openConsole(browser, service, "configuration");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const table = page.getByRole("region", { name: "Variables" });
    await table.getByText("DATABASE_CONNECTIONS").waitFor();
    await page.getByRole("switch", { name: "Changed only" }).check();
    await page.getByText("DATABASE_CONNECTIONS").waitFor({ state: "detached" });
    await table.getByText("SHOAL_READ_TOKEN").waitFor();
    expect(await page.content()).not.toContain(READ_TOKEN);
    await page.getByRole("button", { name: /^Copy/ }).click();
    await page.getByText("Copied.").waitFor();
    const copied = (await page.evaluate("navigator.clipboard.readText()")) as string;
    expect(copied).toContain("BOT_MIN_COUNT=2\n");
    expect(copied).toContain("# SHOAL_READ_TOKEN is set, and is a secret\n");
    await page.getByLabel("Name, value or words").fill("bot_min");
    await page.getByRole("button", { name: "Copy 1 line without secrets" }).waitFor();
    expect(faults).toEqual([]);
  });

  it("has no fault for axe in either theme, nothing that moves by itself, and fits 320 px", async () => {
    await service.api("POST", "/api/bot/start", { bot_id: "tom", name: "Tom" });
    await becomes("tom", { status: "running" });
    const { page, faults } = await openConsole(browser, service);
    const shown: Readonly<Record<string, string>> = {
      fleet: "Bots of this daemon",
      "fleet?tab=deployed": "Deployed bots",
      "fleet/tom": "Commands, the latest first",
      pool: "Joins in the window of a minute",
      "pool?tab=breaker": "Breaker, holds and lost sockets",
      "pool?tab=channels": "Channels",
      "pool/global%3Alobby": "States, the latest first",
      replicas: "State of the replicas",
      configuration: "Variables",
      replies: "Budgets of replies",
    };
    for (const [path, part] of Object.entries(shown)) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto(`${service.environment.SHOAL_URL}/console/${path}`);
      await page
        .getByLabel(part, { exact: true })
        .or(page.getByText(part, { exact: true }))
        .first()
        .waitFor();
      if (path === "pool") await page.locator(".plot canvas").first().waitFor();
      expect(await axeFindingsOfThemes(page), path).toEqual([]);
      // A time that counts up stands at the end of its cell, and begins further to the left with each digit.
      const shifts = (await layoutShifts(page)).filter((shift) => Number.parseFloat(shift) > 0.002);
      expect(shifts, path).toEqual([]);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await sidewaysPx(page), path).toBe(0);
    }
    expect(faults).toEqual([]);
  });

  it("shows who may only look everything, and no button that changes something", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${service.environment.SHOAL_URL}/console/fleet?tab=deployed`);
    await page.getByLabel("Token").fill(READ_TOKEN);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("sam", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Deploy a bot" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: /^Commands to/ }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Pause" }).count()).toBe(0);
    const refused = await page.evaluate(
      `fetch("/console/api/bot/stop", { method: "POST", headers: { "x-shoal-console": "1", "content-type": "application/json" }, body: '{"bot_id": "sam"}' }).then(({ status }) => status)`,
    );
    expect(refused).toBe(403);
    await context.close();
  });
});
