import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { spawnProgram, testServers } from "@shoal/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openBrowser, PATIENCE_MS } from "./console/browser.test-support.ts";
import { startTestService, type TestService, until } from "./test-service.ts";

const HOUR_MS = "3600000";
const SERVER = join(import.meta.dirname, "../../../examples/browser-chat/serve.ts");

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

const status = (page: Page) => page.getByRole("status");
const talk = (page: Page) => page.getByRole("log");
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const find = (page: Page) => page.getByRole("button", { name: /^Find somebody/ }).click();
const meet = async (...pages: Page[]) => {
  for (const page of pages) await find(page);
  for (const page of pages) await status(page).getByText("You talk with Ann.").waitFor();
};
const say = async (page: Page, text: string) => {
  await page.getByLabel("Your message").fill(text);
  await press(page, "Send");
};

describe.runIf(testServers().chromium)("the page of examples/browser-chat", () => {
  let service: TestService;
  let browser: Browser;
  beforeAll(async () => {
    [service, browser] = await Promise.all([
      startTestService({ CHANNEL_ACCESS: "private", MATCH_BOT_AFTER_MS: HOUR_MS }),
      openBrowser(),
    ]);
    await until(async () => (await service.get("/readyz")).status === 200);
  });
  afterAll(async () => {
    await browser.close();
    await service[Symbol.asyncDispose]();
  });

  const openPage = async (url: string) => {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    page.on("pageerror", (error) => faults.push(String(error)));
    onTestFinished(() => expect(faults).toEqual([]));
    await page.goto(url);
    return page;
  };

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

  it("lets two people meet, talk, load the page again in the middle, and leave, with and without React; nobody waits on behind a closed page", async () => {
    const url = await serve(service);
    const [one, other] = await Promise.all([openPage(url), openPage(`${url}react`)]);
    await meet(one, other);

    await other.getByLabel("Your message").pressSequentially("Hi");
    await talk(one).getByText("is typing").waitFor({ state: "attached" });
    await say(one, "Hi, I like <b>jazz</b>");
    await talk(other).getByText("Hi, I like <b>jazz</b>", { exact: true }).waitFor();
    await talk(one).getByText("✓").waitFor();

    await one.reload();
    await status(one).getByText("You talk with Ann.").waitFor();
    await talk(one).getByText("Hi, I like <b>jazz</b>", { exact: true }).waitFor();
    await say(other, "still there?");
    await talk(one).getByText("still there?").waitFor();

    await press(one, "Leave");
    await status(one).getByText("You have left.").waitFor();
    await status(other).getByText("Ann has left.").waitFor();

    await meet(one, other);
    await one.goto("about:blank");
    await status(other).getByText("Ann is gone.").waitFor();

    // By keys alone, and large enough for a finger.
    await other.getByText("Block or report").focus();
    await other.keyboard.press("Enter");
    const block = other.getByRole("button", { name: "Block", exact: true });
    for (const target of [block, other.getByText("Block or report")]) {
      expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    }
    await block.press("Enter");
    await status(other).getByText("You will not meet Ann again.").waitFor();

    const before = (await closedReasons()).length;
    await find(other);
    await until(async () => (await closedReasons()).length === before + 1);
    await other.goto("about:blank");
    await until(async () => (await closedReasons()).at(-1) === "cancelled");
    expect(service.snapshot().matches).toMatchObject({ personPerson: 2, personBot: 0 });
  });
});
