import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import { testServers } from "@shoal/testkit";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startTestService, type TestService, until } from "../test-service.ts";
import {
  axeFindings,
  axeFindingsOfThemes,
  layoutShifts,
  openBrowser,
  openConsole,
  sidewaysPx,
} from "./browser.test-support.ts";
import { otherSite, strippingProxy } from "./other-sites.test-support.ts";
import { StoppableProxy } from "./stoppable-proxy.test-support.ts";

/** Under another path than usual, as behind a proxy, so that each page shows that it can be. */
const BASE = "/ops/console";
/** Markup that would run, a name that reads from right to left, a turned reading order, controls, and the end of a script. */
const HOSTILE = `<img src=x onerror="window.hit=1">עומר\u202Eevil\u2066\u0007\u0085</script>'"`;
const SHOWN = "<img src=x";
/** Nobody is matched, so that whoever waits is there to be seen. */
const QUIET = { BOT_MIN_COUNT: "0", MATCH_BOT_AFTER_MS: "3600000" };
const CODE = "export const needs = {};\nexport async function run() {}\n";

describe.runIf(testServers().chromium)("every page of the console, and what stands around them, in Chromium", () => {
  let service: TestService;
  let browser: Browser;
  let database: Database<string>;
  beforeAll(async () => {
    const environment = { ...QUIET, CHANNEL_ACCESS: "private", CONSOLE_BASE_PATH: BASE };
    [service, browser] = await Promise.all([startTestService(environment), openBrowser()]);
    await until(async () => (await service.get("/readyz")).status === 200);
    database = createDatabase<string>({ url: service.environment.DATABASE_URL, runtime: createSystemRuntime() });
    await fill();
  });
  afterAll(async () => {
    await database?.close();
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  /** Text of strangers, in everything that can hold text. */
  const fill = async () => {
    const ask = async (path: string, body: object) => {
      const answer = await service.api("POST", path, body);
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    };
    await ask("/api/bot/start", { bot_id: "sam", name: HOSTILE });
    await ask("/api/match/tickets", { user_id: "ann", name: HOSTILE });
    await ask("/strategies/deploy", { code: CODE, name: HOSTILE, executionInterval: 3600, start: false });
    await database.query(
      "insert into shoal.jobs (type, status, attempts, last_error, unique_key, finished_at, payload) values ('work.bad', 'dead', 5, $1, $1, now(), jsonb_build_object('text', $1::text))",
      [HOSTILE],
    );
    await database.query(
      "insert into shoal.conversation_marks (match_id, person_id, kind, source, reporter_id, reason) values (gen_random_uuid(), $1, 'report', 'person', $1, $1)",
      [HOSTILE],
    );
    service.log.warn({ code: HOSTILE }, HOSTILE);
  };
  const openPage = async (path = "", options?: { readonly url?: string; readonly context?: BrowserContext }) => {
    const tab = await openConsole(browser, service, "", options);
    if (path !== "") await tab.page.goto(`${options?.url ?? service.environment.SHOAL_URL}${BASE}/${path}`);
    return tab;
  };
  const isThere = async (page: Page) => {
    await page.getByRole("banner").getByText("Live", { exact: true }).waitFor();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await until(async () => (await page.locator("main .loading").count()) === 0);
  };
  /** Nothing of it has run, and no character is left that turns the reading order or is not to be seen. */
  const isHarmless = async (page: Page) => {
    expect(await page.evaluate("window.hit")).toBeUndefined();
    const text = (await page.evaluate("document.body.innerText")) as string;
    expect(text.match(/[\p{Cf}\p{Bidi_Control}]|(?!\s)\p{Cc}/gu)).toBeNull();
  };

  /** What a page shows of `fill`. */
  const SHOWS_TEXT = ["Events and log", "Fleet", "Matches", "Marks", "Jobs", "Strategies"];

  it("is without fault on each page of the navigation, with text of strangers, in both themes, from 320 px to 4K", async () => {
    const { page, faults } = await openPage();
    await isThere(page);
    const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link").and(page.locator(":not([rel])"));
    const titles = await links.allTextContents();
    expect(titles).toEqual(expect.arrayContaining(SHOWS_TEXT));
    for (const title of titles) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await links.and(page.getByText(title, { exact: true })).click();
      await isThere(page);
      await page.reload();
      await isThere(page);
      if (SHOWS_TEXT.includes(title)) await page.getByText(SHOWN).first().waitFor();
      await isHarmless(page);
      expect(await axeFindingsOfThemes(page), title).toEqual([]);
      expect(await page.evaluate("document.getAnimations().length"), title).toBe(0);
      // An age of one digit more moves less than a thousandth of the window.
      const moved = (await layoutShifts(page)).filter((shift) => Number.parseFloat(shift) >= 0.001);
      expect(moved, title).toEqual([]);
      for (const width of [320, 3840]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await sidewaysPx(page), `${title}, ${width} px`).toBe(0);
      }
    }
    expect(faults).toEqual([]);
  });

  it("shows a name from right to left without turning what stands beside it", async () => {
    const { page } = await openPage("matches");
    const name = page.locator("bdi", { hasText: "עומר" }).first();
    await name.waitFor();
    expect(await name.textContent()).toContain(String.raw`עומר\u{202e}evil\u{2066}\u{7}\u{85}`);
    const shown = "[...document.querySelectorAll('main bdi')].find(({ textContent }) => textContent.includes('עומר'))";
    expect(await page.evaluate(`getComputedStyle(${shown}).unicodeBidi`)).toBe("isolate");
  });

  it("notes a mark as seen, leads from it to the person, and erases what is kept of them after a question", async () => {
    const { page, faults } = await openPage("marks?kind=report");
    await page.getByRole("button", { name: /^Note as seen/ }).click();
    await page.getByText("Noted as seen.").first().waitFor();
    await page.getByText("Nothing to look at").waitFor();
    await page.getByLabel("Seen").selectOption("Seen");
    await page.getByRole("link", { name: SHOWN }).click();
    await page.getByRole("heading", { level: 1, name: "Person" }).waitFor();
    await page.getByText("conversations that an operator should look at").click();
    await page.getByText('"kind": "report"').first().waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await isHarmless(page);
    await page.getByRole("button", { name: "Erase this person" }).click();
    const dialog = page.getByRole("dialog", { name: "Erase this person?" });
    await dialog.getByText("cannot be undone").waitFor();
    await dialog.getByRole("button", { name: "Erase for good" }).click();
    await page.getByText("Nothing is kept of this person").waitFor();
    expect(await database.query("select from shoal.conversation_marks")).toEqual([]);
    expect(faults).toEqual([]);
  });

  it("lets one find a dead job and make it due again by keyboard alone", async () => {
    const { page, faults } = await openPage();
    await isThere(page);
    const [job] = await database.query<{ id: string }>("select id::text from shoal.jobs where type = 'work.bad'");
    const press = (key: string) => page.keyboard.press(key);
    const focused = () =>
      page.evaluate(
        "(({ labels, ariaLabel, textContent }) => ariaLabel ?? labels?.[0]?.textContent ?? textContent)(document.activeElement)",
      ) as Promise<string>;
    const tabTo = async (wanted: string) => {
      for (let presses = 0; presses < 60; presses += 1) {
        if ((await focused()).trim() === wanted) return;
        await press("Tab");
      }
      throw new Error(`60 presses of Tab do not lead to ${wanted}`);
    };
    await press("g");
    await press("j");
    await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
    await tabTo("Status");
    await page.keyboard.type("dead");
    await page.getByText("1 row", { exact: true }).waitFor();
    await tabTo(job?.id ?? "");
    await press("Enter");
    await page.getByText("dead", { exact: true }).waitFor();
    await tabTo("Retry");
    await press("Enter");
    await page.getByText("is due now.").first().waitFor();
    // A worker may have taken it by then: that it was made due stands in the audit.
    expect(
      await database.query("select actor, job_id::text as id from shoal.job_audit where action = 'retry'"),
    ).toEqual([{ actor: "console", id: job?.id }]);
    await isHarmless(page);
    expect(faults).toEqual([]);
  });

  it("shows times of the zone that is chosen, and keeps it", async () => {
    const context = await browser.newContext({ timezoneId: "Asia/Tokyo" });
    onTestFinished(() => context.close());
    const { page, faults } = await openPage("events?kind=line&search=img", { context });
    const hour = async () => Number((await page.locator("main time").first().textContent())?.slice(0, 2));
    const local = await hour();
    await page.getByRole("combobox", { name: "Time zone" }).selectOption("UTC");
    expect((local - (await hour()) + 24) % 24).toBe(9);
    await page.reload();
    expect((local - (await hour()) + 24) % 24).toBe(9);
    expect(faults).toEqual([]);
  });

  it("lets a page of another site change nothing and read nothing, logged in or not", async () => {
    const posts: (readonly [status: number, origin: string | null, hasCookie: boolean])[] = [];
    const seen = strippingProxy(service.environment.SHOAL_URL, "", ({ method, headers }, status) => {
      if (method === "POST") posts.push([status, headers.get("origin"), headers.has("cookie")]);
    });
    onTestFinished(() => seen.stop());
    const site = otherSite(`${seen.url}${BASE}`, { bot_id: "by-stranger" });
    onTestFinished(() => site.stop());
    // Another port is the same site: there browsers send the cookie. Another name is another site.
    for (const [host, isSameSite] of [
      ["127.0.0.1", true],
      ["localhost", false],
    ] as const) {
      const { page } = await openPage("", { url: seen.url });
      await isThere(page);
      posts.length = 0;
      const origin = `http://${host}:${site.port}`;
      await page.goto(origin);
      expect(await page.evaluate("window.asked")).toBe("TypeError: Failed to fetch");
      await until(() => posts.length === 2);
      await page.evaluate("document.forms[0].submit()");
      await until(() => posts.length === 3);
      expect(posts.map(([status]) => status)).toEqual([403, 403, 403]);
      expect(posts.map(([, from]) => from).toSorted()).toEqual([origin, origin, "null"]);
      expect(posts.some(([, , hasCookie]) => hasCookie)).toBe(isSameSite);
      await page.close();
    }
    expect(await database.query("select from public.bot_deployments where bot_id = 'by-stranger'")).toEqual([]);
    expect(await database.query("select from public.bot_control where bot_id = 'by-stranger'")).toEqual([]);
  });

  it("is not shown in a frame, nor under a name that somebody has pointed at it", async () => {
    const { page } = await openPage();
    const site = otherSite(`${service.environment.SHOAL_URL}${BASE}`, {});
    onTestFinished(() => site.stop());
    await page.goto(`http://127.0.0.1:${site.port}/frame`);
    const frame = await (await page.waitForSelector("iframe")).contentFrame();
    await frame?.waitForLoadState();
    expect(await frame?.locator("main").count()).toBe(0);
    const address = new URL(`${service.environment.SHOAL_URL}${BASE}/`);
    address.hostname = "rebound.localhost";
    const answer = await page.goto(address.href);
    expect(answer?.status()).toBe(403);
    expect(await page.content()).toContain("CONSOLE_HOSTS");
  });

  it("works behind a proxy that takes its prefix off, says that the daemon is gone, and shows what happened meanwhile", async () => {
    const prefix = strippingProxy(service.environment.SHOAL_URL, "/ops");
    onTestFinished(() => prefix.stop());
    const proxy = await new StoppableProxy(prefix.url).start();
    onTestFinished(() => proxy.stop());
    const { page } = await openPage("events", { url: proxy.url });
    await isThere(page);
    await page.clock.install();
    await proxy.stop();
    await page.getByText("Reconnecting").waitFor();
    await page.clock.fastForward(30_000);
    await page.getByText(/The daemon does not answer\. Figures are of .*, 3\d s ago/).waitFor();
    service.log.error({}, "said while nobody heard");
    await proxy.start();
    await until(async () => {
      await page.clock.fastForward(15_000);
      return (await page.getByText("said while nobody heard").count()) > 0;
    });
    await page.getByText("The daemon does not answer.").waitFor({ state: "detached" });
    expect(await page.getByText(/missed|lost/i).count()).toBe(0);
  });

  it("says that the daemon has another token by now, in each tab, and shows the login", async () => {
    const proxy = await new StoppableProxy(service.environment.SHOAL_URL).start();
    onTestFinished(() => proxy.stop());
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const { page } = await openPage("jobs", { url: proxy.url, context });
    const { page: other } = await openPage("", { url: proxy.url, context });
    await isThere(page);
    await isThere(other);
    // What another token makes of a login: its signature is none of this daemon's.
    const [cookie] = await context.cookies();
    await proxy.stop();
    await context.addCookies([
      { ...(cookie ?? { name: "", value: "" }), value: cookie?.value.replace(/.{43}$/, "A".repeat(43)) ?? "" },
    ]);
    await proxy.start();
    for (const tab of [page, other]) {
      await tab.bringToFront();
      await tab.getByLabel("Token").waitFor();
      await tab.getByText("the daemon has another token by now").waitFor();
    }
    await page.getByLabel("Token").fill(service.environment.SHOAL_API_TOKEN);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
  });
});
