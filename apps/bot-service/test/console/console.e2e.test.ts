import { testServers } from "@shoal/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startTestService, type TestService, until } from "../test-service.ts";
import { axeFindingsOfThemes, layoutShifts, openBrowser, openConsole, sidewaysPx } from "./browser.test-support.ts";
import { StoppableProxy } from "./stoppable-proxy.test-support.ts";

describe.runIf(testServers().chromium)("the console in Chromium", () => {
  let service: TestService;
  let browser: Browser;
  beforeAll(async () => {
    [service, browser] = await Promise.all([startTestService({ CHANNEL_ACCESS: "private" }), openBrowser()]);
    await until(async () => (await service.get("/readyz")).status === 200);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  /** Waits until figures come: the daemon's first snapshots, and the charts. */
  const isLive = async (page: Page) => {
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("heading", { level: 1 }).waitFor();
  };
  const streamCount = async () =>
    ((await (await service.api("GET", "/api/console/snapshot")).json()) as { process: { streams: number } }).process
      .streams;

  it("is entered by a link, says whether anybody is hurt, and follows what happens without being loaded again", async () => {
    const { page, faults } = await openConsole(browser, service);
    // The ticket of the link has left the address.
    expect(page.url()).toBe(`${service.environment.SHOAL_URL}/console/`);
    await page.getByText("Nobody is hurt.").waitFor();
    await page.getByRole("link", { name: "Conversations" }).getByText("0 people here").waitFor();
    const person = await service.signIn();
    onTestFinished(() => person[Symbol.asyncDispose]());
    await page.getByRole("link", { name: "Conversations" }).getByText("1 person here").waitFor();
    await page.getByRole("link", { name: "Events and log" }).click();
    const met = person.meet();
    const opened = page.getByRole("button", { name: "ticket:opened" }).first();
    await opened.waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await opened.click();
    await page.getByRole("dialog", { name: "ticket:opened" }).getByText("user_id").waitFor();
    await page.keyboard.press("Escape");
    await person.confirm(await met);
    const newer = page.getByRole("button", { name: /^Show \d+ newer$/ });
    await newer.click();
    await newer.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "match:live" }).first().waitFor();
    expect(faults).toEqual([]);
  });

  /** Both themes of the page as it is now. */
  const expectNoFindings = async (page: Page, what: string) => {
    expect(await axeFindingsOfThemes(page), what).toEqual([]);
  };

  it("has no fault for axe in either theme, nothing that moves by itself, and fits 320 px", async () => {
    const { page, faults } = await openConsole(browser, service);
    for (const path of ["", "events", "runbooks/ShoalDown", "nowhere"]) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto(`${service.environment.SHOAL_URL}/console/${path}`);
      await isLive(page);
      if (path === "") await page.locator(".plot canvas").first().waitFor();
      await expectNoFindings(page, path);
      expect(await layoutShifts(page), path).toEqual([]);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await sidewaysPx(page), path).toBe(0);
    }
    await page.getByRole("button", { name: "Pages" }).click();
    await expectNoFindings(page, "narrow, with the pages open");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Token").waitFor();
    await expectNoFindings(page, "login");
    expect(faults).toEqual([]);
  });

  it("is worked by keyboard alone, and keeps the theme that was chosen", async () => {
    const { page, faults } = await openConsole(browser, service);
    await isLive(page);
    const focused = () => page.evaluate("document.activeElement?.textContent ?? ''") as Promise<string>;
    await page.keyboard.press("Tab");
    expect(await focused()).toContain("Skip to the page");
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.getByRole("heading", { name: "Events and log" }).waitFor();
    expect(await focused()).toBe("Events and log");
    await page.keyboard.press("/");
    await page.keyboard.type("nothing has this");
    await page.getByText("Nothing fits the filter").waitFor();
    expect(new URL(page.url()).searchParams.get("search")).toBe("nothing has this");
    // Letters belong to the field they are typed in.
    expect(await page.getByLabel("Search").inputValue()).toBe("nothing has this");
    await page.getByRole("button", { name: "Pause" }).focus();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("Pause");
    await page.emulateMedia({ colorScheme: "light" });
    const background = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    const light = await background();
    await page.getByRole("combobox", { name: "Theme" }).focus();
    await page.keyboard.press("d");
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await isLive(page);
    expect(await background()).toBe(dark);
    expect(faults).toEqual([]);
  });

  it("shows a fault of one page as such, and lives on", async () => {
    const { page } = await openConsole(browser, service, "events");
    await isLive(page);
    const hostile = { step_ms: 1000, from_ms: 0, units: {}, series: null };
    await page.route("**/api/console/history*", (route) => route.fulfill({ json: hostile }));
    await page.getByRole("navigation").getByRole("link", { name: "Overview" }).click();
    await page.getByText("This page cannot be shown").waitFor();
    await page.getByRole("link", { name: "Events and log" }).click();
    await page.getByRole("heading", { name: "Events and log" }).waitFor();
  });

  it("is entered by a link that is pasted where the login is shown, and a used one is no harm to who is logged in", async () => {
    const { page } = await openConsole(browser, service);
    await isLive(page);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Log in" }).waitFor();
    const made = (await (await service.api("POST", "/api/console/tickets", {})).json()) as { path: string };
    for (const _ of ["new", "used"]) {
      await page.goto(service.environment.SHOAL_URL + made.path);
      await isLive(page);
      expect(page.url()).toBe(`${service.environment.SHOAL_URL}/console/`);
    }
    await page.reload();
    await isLive(page);
  });

  it("says why the daemon gives it no figures", async () => {
    const { page } = await openConsole(browser, service, "events");
    await isLive(page);
    const detail = "As many consoles listen as there may be.";
    await page.route("**/api/console/stream", (route) => route.fulfill({ status: 503, json: { code: "X", detail } }));
    await page.reload();
    await page.getByText(detail).waitFor();
    await page.unroute("**/api/console/stream");
    await isLive(page);
    await page.getByText(detail).waitFor({ state: "detached" });
  });

  it("asks again when a question is not answered", async () => {
    const { page } = await openConsole(browser, service);
    await page.clock.install();
    const asked = page.waitForRequest(/\/api\/jobs\?/);
    const answered = page.waitForResponse(/\/api\/jobs\?/);
    // The first of them is never answered.
    await page.route(/\/api\/jobs\?/, () => {}, { times: 1 });
    await page.getByRole("link", { name: "Jobs", exact: true }).click();
    await asked;
    await page.clock.fastForward(40_000);
    expect((await answered).status()).toBe(200);
  });

  it("says that a daemon is gone and since when, and goes on when it is back", async () => {
    const proxy = await new StoppableProxy(service.environment.SHOAL_URL).start();
    onTestFinished(() => proxy.stop());
    const { page } = await openConsole(browser, service, "", { url: proxy.url });
    await page.getByText("Nobody is hurt.").waitFor();
    await proxy.stop();
    await page.getByText("Nobody knows: the daemon says nothing.").waitFor();
    await page.getByText(/The daemon does not answer\. Figures are of \d\d:\d\d:\d\d/).waitFor();
    await page.getByRole("link", { name: "Analytics" }).click();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("CONSOLE_UNREACHABLE").waitFor();
    await proxy.start();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Analytics", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await page.getByText("Nobody is hurt.").waitFor();
    await page.getByText("The daemon does not answer.").waitFor({ state: "detached" });
  });

  it("has no stream for a tab that is hidden, and one for seven tabs, which another takes over from one that is closed", async () => {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const { page: leader } = await openConsole(browser, service, "", { context });
    await isLive(leader);
    const become = (state: string) =>
      leader.evaluate(`
        Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      `);
    await until(async () => (await streamCount()) === 1);
    await become("hidden");
    await until(async () => (await streamCount()) === 0);
    await become("visible");
    const others: Page[] = [];
    while (others.length < 6) {
      const page = await context.newPage();
      others.push(page);
      await page.goto(`${service.environment.SHOAL_URL}/console/events`);
      await isLive(page);
    }
    await until(async () => (await streamCount()) === 1);
    await leader.close();
    const person = await service.signIn();
    onTestFinished(() => person[Symbol.asyncDispose]());
    await person.wait();
    for (const page of others) await page.getByText(`user_id=${person.id}`).first().waitFor();
    expect(await streamCount()).toBe(1);
  });
});
