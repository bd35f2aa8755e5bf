import { type TestDatabase, testDatabase, testServers } from "@shoal/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RunBody, StatusBody, StrategyBody } from "../../src/http/bodies.ts";
import { startTestService, type TestService, until } from "../test-service.ts";
import { axeFindingsOfThemes, layoutShifts, openBrowser, openConsole, sidewaysPx } from "./browser.test-support.ts";

const NAME = '<img src=x onerror="document.title=1"> \u202Eevil';
const SHOWN_NAME = String.raw`<img src=x onerror="document.title=1"> \u{202e}evil`;
const SHOWN_LINE = String.raw`<script>alert(1)</script> \u{202e}mean`;
const READ_TOKEN = "a-read-token-of-32-characters-or-more";
/** Its comment is the treachery: what an editor would show the other way round. */
const SOURCE = `import type { Ctx, Needs } from "@shoal/strategy";

export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1m", count: 30 }] } satisfies Needs;
export const config = { fast: 5 };

// <b>not bold</b> \u202E turned round
export async function run(ctx: Ctx<typeof config>) {
  const { close } = ctx.market.candles("BTC/USDT", "1m");
  ctx.log.warn("<script>alert(1)</script> \\u202Emean", ctx.ta.sma(close, ctx.config.fast).last);
  ctx.state.set("runs", ctx.state.get("runs", 0) + 1);
  if (ctx.orders.open().length < 2) {
    ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "limit", quantity: 1234.5, price: 1 });
  }
  ctx.log.info("done");
}
`;

const LINE_OF_CURSOR = `(document.activeElement.value ?? "").slice(0, document.activeElement.selectionStart).split("\\n").length`;

describe.runIf(testServers().chromium)("strategies and analytics in Chromium", () => {
  let test: TestDatabase;
  let service: TestService;
  let browser: Browser;
  let id: string;

  const ask = async <Body>(method: string, path: string, body?: object) =>
    (await (await service.api(method, path, body)).json()) as Body;
  const deploy = (body: object) =>
    ask<StrategyBody>("POST", "/strategies/deploy", { executionInterval: 86_400, ...body });
  const runsOf = async (of = id) => (await ask<{ runs: RunBody[] }>("GET", `/strategies/${of}/runs`)).runs;
  const statusOf = async () => (await ask<StatusBody>("GET", `/strategies/${id}/status`)).status;
  const rows = <Row>(text: string, params: string[] = [id]) =>
    test.database.query<Row & Record<string, unknown>>(text, params);
  const ordersWith = async (status: string) =>
    (await rows("select id from shoal.strategy_orders where strategy_id = $1::uuid and status = $2", [id, status]))
      .length;

  beforeAll(async () => {
    test = await testDatabase();
    [service, browser] = await Promise.all([
      startTestService({ CHANNEL_ACCESS: "private", DATABASE_URL: test.url, SHOAL_READ_TOKEN: READ_TOKEN }),
      openBrowser(),
    ]);
    await until(async () => (await service.get("/readyz")).status === 200);
    id = (await deploy({ name: NAME, code: SOURCE })).strategy_id;
    await deploy({ name: "quiet", code: "export function run() {}", language: "javascript", start: false });
    await until(async () => (await runsOf()).length === 1);
    await service.api("POST", `/strategies/${id}/execute`);
    await until(async () => (await runsOf()).length === 2);
    await test.database.script(`
      insert into shoal.strategy_equity (strategy_id, at, equity)
        select '${id}', date_trunc('hour', now()) - n * interval '1 hour', 12345678901234567.000000012 + n from generate_series(1, 30) n;
      insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, realised_profit, filled_at, booked_at)
        select 'f' || n, '${id}', '<i>X<i>/USDT', 'sell', 65000.5, 2, 0.0800000000000000001, 'USDT', -13.37, now() - n * interval '1 hour', now()
        from generate_series(1, 3) n;`);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await service[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();
  });

  /** What keeps people out of the page as it is now, in both themes, and whether it fits into a narrow window. */
  async function audit(page: Page): Promise<string[]> {
    const findings = await axeFindingsOfThemes(page);
    await page.setViewportSize({ width: 320, height: 700 });
    const wide = await sidewaysPx(page);
    await page.setViewportSize({ width: 1280, height: 900 });
    return wide > 0 ? [...findings, `${wide} px too wide at 320`] : findings;
  }
  const tab = (page: Page, name: string) => page.getByRole("tab", { name }).click();
  const confirm = async (page: Page, words: string) => {
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    const text = await dialog.textContent();
    await dialog.getByRole("button", { name: words }).click();
    return text;
  };
  const said = (page: Page, words: string) => page.getByRole("log", { name: "Notices" }).getByText(words).waitFor();

  it("lists strategies of all owners, finds them, and shows what is in a name", async () => {
    const { page, faults } = await openConsole(browser, service, "strategies");
    await page.getByRole("link", { name: SHOWN_NAME }).waitFor();
    expect(await audit(page)).toEqual([]);
    await page.getByLabel("Search").fill("QUI");
    await page.getByRole("link", { name: SHOWN_NAME }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "quiet" }).waitFor();
    await page.getByLabel("Status").selectOption("running");
    await page.getByText("No strategy is like that").waitFor();
    await page.getByLabel("Search").fill("");
    await page.getByRole("link", { name: SHOWN_NAME }).click();
    await page.getByRole("heading", { level: 1, name: SHOWN_NAME }).waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    await page.getByText(/of 150,000,000/).waitFor();
    expect(await audit(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it("shows runs, lines and money as they are", async () => {
    const { page, faults } = await openConsole(browser, service, `strategies/${id}`);
    await tab(page, "Runs");
    await page
      .getByRole("link", { name: /^Replay/ })
      .first()
      .waitFor();
    expect(await audit(page)).toEqual([]);
    await tab(page, "Log");
    await page.getByText(SHOWN_LINE).first().waitFor();
    expect(await page.locator("main script, main img").count()).toBe(0);
    await page.getByLabel("Level").selectOption("error");
    await page.getByText("Its runs have written nothing").waitFor();
    await page.getByLabel("Level").selectOption("warn");
    await page.getByText(SHOWN_LINE).first().waitFor();
    expect(await page.getByText("done", { exact: true }).count()).toBe(0);
    await tab(page, "Equity");
    await page.getByText("As a table: equity by hour").click();
    await page.getByText("12,345,678,901,234,568.000000012").first().waitFor();
    expect(await audit(page)).toEqual([]);
    await tab(page, "Orders and fills");
    await page.getByText("buy 1,234.5 BTC/USDT limit 1").first().waitFor();
    await page.getByText("0.0800000000000000001 USDT").first().waitFor();
    await page.getByText("<i>X<i>/USDT").first().waitFor();
    expect(await audit(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it("moves nothing on its pages while they are read", async () => {
    const { page } = await openConsole(browser, service);
    const tabs = ["", "?tab=runs", "?tab=equity", "?tab=orders", "?tab=replay", "?tab=code"];
    for (const path of ["strategies", ...tabs.map((each) => `strategies/${id}${each}`), "analytics"]) {
      await page.goto(`${service.environment.SHOAL_URL}/console/${path}`);
      await page.locator(".table-box, .stack, .questions").first().waitFor();
      await until(async () => (await page.locator(".loading").count()) === 0);
      expect(await layoutShifts(page), path).toEqual([]);
    }
  });

  it("goes through a run by the arrows, and stops it at a call", async () => {
    const { page, faults } = await openConsole(browser, service, `strategies/${id}?tab=replay`);
    await page.getByText("equal, to the last byte of memory").waitFor();
    expect(await audit(page)).toEqual([]);
    const chosen = page.locator("[aria-current=step]");
    await chosen.focus();
    for (let count = 0; count < 3; count += 1) await page.keyboard.press("ArrowDown");
    expect(await chosen.textContent()).toMatch(/^4\s+state\.get$/);
    expect(await page.evaluate("document.activeElement.getAttribute('aria-current')")).toBe("step");
    await page.getByText('state.get("runs")').waitFor();
    await page.getByText("runs = 1").waitFor();
    await page.keyboard.press("ArrowUp");
    await page
      .getByText(/log\("warn"/)
      .first()
      .waitFor();
    await page.keyboard.press("End");
    await page.getByText("runs = 2").waitFor();
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByRole("button", { name: /^Do the run again up to call/ }).click();
    await page.getByText(/^stopped before call \d+$/).waitFor();
    await page.getByText('"runs": 2').waitFor();
    expect(page.url()).toMatch(/stop=\d+/);
    await page.getByRole("button", { name: "Go on to its end" }).click();
    await page.getByText("equal, to the last byte of memory").waitFor();
    // Nothing was ordered once more.
    expect((await rows("select id from shoal.strategy_orders where strategy_id = $1::uuid")).length).toBe(2);
    expect(faults).toEqual([]);
  });

  it("checks code where it is written, and deploys it when that is confirmed", async () => {
    const { page, faults } = await openConsole(browser, service, `strategies/${id}?tab=code`);
    await page.getByText(String.raw`// <b>not bold</b> \u{202e} turned round`).waitFor();
    await page.getByText("hidden characters").waitFor();
    expect(await audit(page)).toEqual([]);
    await page.getByRole("button", { name: "Edit" }).click();
    const editor = page.getByLabel("Source of version 2");
    const good = SOURCE.replace("\u202E turned round", "");
    await editor.fill(good.replace("ctx.config.fast", "ctx.config.slow"));
    await page.getByRole("button", { name: "Deploy as version 2" }).click();
    await page.getByRole("button", { name: /^Line 9, column/ }).click();
    await until(async () => (await page.evaluate(LINE_OF_CURSOR)) === 9);
    expect(await audit(page)).toEqual([]);
    expect(await ask<StrategyBody>("GET", `/strategies/${id}`)).toMatchObject({ version: 1 });
    await editor.fill(good);
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByText("nothing is wrong").waitFor();
    await page.getByRole("button", { name: "Deploy as version 2" }).click();
    expect(await confirm(page, "Deploy version 2")).toContain(SHOWN_NAME);
    await said(page, "Version 2 is deployed.");
    const [code] = await rows<{ source: string }>(
      "select k.source from shoal.strategies s join shoal.strategy_code k on k.id = s.code_id where s.id = $1::uuid and s.version = 2",
    );
    expect(code?.source).toBe(good);
    await page.getByRole("heading", { name: "Version 2, typescript" }).waitFor();
    await page.getByLabel("Version", { exact: true }).selectOption("1");
    await page.getByText("hidden characters").waitFor();
    expect(faults).toEqual([]);
  });

  it("does what is asked, and says before what becomes of open orders", async () => {
    const { page, faults } = await openConsole(browser, service, `strategies/${id}?tab=orders`);
    await page
      .getByRole("button", { name: /^Cancel the order/ })
      .first()
      .click();
    await confirm(page, "Cancel the order");
    await said(page, "The order is cancelled.");
    expect(await ordersWith("cancelled")).toBe(1);
    await page.getByRole("button", { name: "Run now" }).click();
    await until(async () => (await ordersWith("open")) === 2);
    await page.getByRole("button", { name: "Pause" }).click();
    expect(await confirm(page, "Pause it")).toContain("Its 2 open orders stay in the book");
    await said(page, "The strategy is paused.");
    expect(await statusOf()).toBe("paused");
    await page.getByRole("button", { name: "Resume" }).click();
    await said(page, "The strategy runs again.");
    expect(await statusOf()).toBe("running");
    const more = page.getByRole("button", { name: "More actions on this strategy" });
    await more.click();
    await page.getByRole("menuitem", { name: "Close what it holds…" }).click();
    expect(await confirm(page, "Close it at market")).toContain("2 open orders are cancelled at once.");
    await said(page, "0 orders at market placed");
    await until(async () => (await ordersWith("open")) === 0);
    await page.getByRole("button", { name: "Stop" }).click();
    await confirm(page, "Leave it");
    expect(await statusOf()).toBe("running");
    await page.getByRole("button", { name: "Stop" }).click();
    expect(await confirm(page, "Stop it")).toContain("open order");
    await said(page, "The strategy is stopped.");
    expect(await statusOf()).toBe("stopped");
    await page.getByRole("button", { name: "Start" }).click();
    await said(page, "The strategy runs by its schedule.");
    expect(await statusOf()).toBe("running");
    expect(faults).toEqual([]);
  });

  it("shows a reader all of it, and nothing to press that changes something", async () => {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(`${service.environment.SHOAL_URL}/console/strategies/${id}?tab=orders`);
    await page.getByLabel("Token").fill(READ_TOKEN);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { level: 1, name: SHOWN_NAME }).waitFor();
    await page.getByText("buy 1,234.5 BTC/USDT limit 1").first().waitFor();
    for (const name of ["Run now", "Pause", "Stop", "More actions on this strategy"]) {
      expect(await page.getByRole("button", { name }).count(), name).toBe(0);
    }
    await tab(page, "Code");
    await page.getByRole("heading", { name: "Version 2, typescript" }).waitFor();
    expect(await page.getByRole("button", { name: "Edit" }).count()).toBe(0);
  });

  it("plots the six answers, and says that trades are being counted while they are", async () => {
    const { page, faults } = await openConsole(browser, service);
    await page.clock.install();
    let isCounting = true;
    await page.route("**/api/analytics/**", (route) => {
      const body = JSON.stringify({ code: "ANALYTICS_COUNTING", detail: "being counted" });
      const counting = { status: 503, contentType: "application/problem+json", body };
      return isCounting ? route.fulfill(counting) : route.fallback();
    });
    await page.getByRole("link", { name: "Analytics" }).click();
    await page.getByText("The trades of before are being counted for the first time").nth(5).waitFor();
    isCounting = false;
    await page.clock.fastForward(10_000);
    await until(async () => (await page.getByText(/\bas of\b/).count()) === 6);
    await page.getByLabel("Range").selectOption("7d");
    await page.getByText("390,003 USDT").first().waitFor();
    await page.getByText("−40.11 USDT").first().waitFor();
    await page.getByText("<i>X<i>/USDT").first().waitFor();
    await page.getByText("As a table: Revenue").click();
    await page.getByText("0.2400000000000000003").first().waitFor();
    expect(await audit(page)).toEqual([]);
    await page.getByLabel("Venue", { exact: true }).selectOption("exchange");
    await page.getByText("Nothing was traded in this range").waitFor();
    expect(faults.filter((fault) => !fault.includes("503"))).toEqual([]);
  });

  it("deletes a strategy with all that it did, when that is confirmed", async () => {
    const { page, faults } = await openConsole(browser, service, `strategies/${id}`);
    await page.getByRole("button", { name: "More actions on this strategy" }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    expect(await confirm(page, "Delete it for ever")).toContain("cannot be undone");
    await said(page, "The strategy is deleted.");
    expect(await rows("select id from shoal.strategies where id = $1::uuid")).toEqual([]);
    await page.getByRole("heading", { level: 1, name: "Strategies" }).waitFor();
    expect(await page.getByRole("link", { name: SHOWN_NAME }).count()).toBe(0);
    expect(faults).toEqual([]);
  });
});
