import { testServers } from "@shoal/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService, until } from "../test-service.ts";
import {
  axeFindingsOfThemes,
  layoutShifts,
  openBrowser,
  openConsole,
  PATIENCE_MS,
  sidewaysPx,
} from "./browser.test-support.ts";

/** Whoever waits meets only who waits, until a bot of this name is started. */
const QUIET = { CHANNEL_ACCESS: "private", BOT_MIN_COUNT: "0", BOT_MAX_COUNT: "0", MATCH_BOT_AFTER_MS: "100" };
const BOT = "sam";

const status = (page: Page) => page.locator(".chat").getByRole("status");
const talk = (page: Page) => page.getByRole("log");
const say = async (page: Page, text: string) => {
  await page.getByLabel("Your message").fill(text);
  await page.keyboard.press("Enter");
};

describe.runIf(testServers().chromium)("the chat page in Chromium", () => {
  let service: TestService;
  let browser: Browser;
  beforeAll(async () => {
    [service, browser] = await Promise.all([startTestService(QUIET), openBrowser()]);
    await until(async () => (await service.get("/readyz")).status === 200);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  const isWithoutFault = async (page: Page) => {
    expect(await axeFindingsOfThemes(page)).toEqual([]);
  };

  it("lets somebody talk with themselves in a second tab, shows all foreign text as text, and goes on after a reload", async () => {
    const hostile = `<img src=x onerror="alert(1)">\u202e\u2066`;
    const shown = `<img src=x onerror="alert(1)">\\u{202e}\\u{2066}`;
    const { page: one, faults } = await openConsole(browser, service, "chat");
    await one.getByLabel("Your name").waitFor();
    await isWithoutFault(one);
    expect(await layoutShifts(one)).toEqual([]);
    await one.getByLabel("Your name").fill(hostile);
    await one.keyboard.press("Enter");
    await status(one).getByText("Waiting for somebody").waitFor();
    await one.getByText("waits-for-person").or(one.getByText("no-idle-bot")).waitFor();

    const opening = one.context().waitForEvent("page");
    await one.getByRole("link", { name: "Talk with yourself" }).click();
    const other = await opening;
    other.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    await status(one).getByText("You talk with Ben.").waitFor();
    await status(other).getByText(`You talk with ${shown}.`).waitFor();

    await other.getByLabel("Your message").pressSequentially("Hi");
    await talk(one).getByText("Ben is typing").waitFor({ state: "attached" });
    await say(one, `${hostile} עברית`);
    await talk(other).getByText(`${shown} עברית`, { exact: true }).waitFor();
    await talk(one).getByLabel("sent").waitFor();
    await talk(one).getByText("Ben is typing").waitFor({ state: "detached" });
    expect(await other.locator(".talk img").count()).toBe(0);

    await one.reload();
    await status(one).getByText("You talk with Ben.").waitFor();
    await talk(one).getByText(`${shown} עברית`, { exact: true }).waitFor();
    await say(other, "Still there?");
    await talk(one).getByText("Still there?").waitFor();
    await isWithoutFault(one);
    await one.setViewportSize({ width: 320, height: 640 });
    expect(await sidewaysPx(one)).toBe(0);

    await other.getByRole("button", { name: "Leave" }).click();
    await status(one).getByText("Ben has left.").waitFor();
    expect(await one.evaluate("document.activeElement.textContent")).toBe("Find somebody else");
    expect(faults).toEqual([]);
  });

  it("lets somebody who comes by a link talk with a bot at once, and shows what the daemon saw of it", async () => {
    await service.api("POST", "/api/bot/start", { bot_id: BOT });
    await until(() => service.snapshot().bots.idle === 1);
    const { page, faults } = await openConsole(browser, service, "chat?name=Ann");
    await status(page)
      .getByText(/^You talk with .*, a bot\.$/)
      .waitFor();
    expect(page.url()).toBe(`${service.environment.SHOAL_URL}/console/chat`);
    await talk(page).locator(".theirs:not(.typing)").first().waitFor();
    await say(page, "Hello, what do you like?");
    await talk(page).locator(".mine + .theirs:not(.typing)").waitFor();

    const seen = page.getByRole("complementary", { name: "What the daemon saw" });
    await seen.getByRole("region", { name: "Match" }).getByText("live").first().waitFor();
    await seen.getByText(/, a bot$/).waitFor();
    await seen.getByRole("region", { name: "In order" }).getByText("match:made").waitFor();
    await isWithoutFault(page);

    await page.getByRole("button", { name: "Leave" }).click();
    await status(page).getByText("You have left.").waitFor();
    await seen.getByText("ended", { exact: true }).first().waitFor();
    expect(faults).toEqual([]);
  });

  it("needs no login, and then shows nothing of the daemon", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${service.environment.SHOAL_URL}/console/chat`);
    await page.getByRole("button", { name: "Find somebody" }).waitFor();
    expect(await page.getByRole("complementary").count()).toBe(0);
    await page.close();
  });
});
