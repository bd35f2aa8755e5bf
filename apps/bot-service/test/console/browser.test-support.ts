import { testServers } from "@shoal/testkit";
import axe, { type AxeResults } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import type { TestService } from "../test-service.ts";

/** Bounds each wait for a page, in ms: long, as machines may be slow. */
export const PATIENCE_MS = 120_000;

/** Starts Chromium for the present test file. Ends by its `close`. */
export function openBrowser(): Promise<Browser> {
  const executablePath = testServers().chromium ?? "";
  // No sandbox, because CI is root; no shared memory, which containers have little of.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
}

/** What a page did that no page of ours may do. */
const faultsOf = (page: Page) => {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  return faults;
};

export interface ConsoleTab {
  readonly page: Page;
  /** Errors and warnings in the browser's console so far, violations of the policy of content included. */
  readonly faults: string[];
}

export interface TabOptions {
  /** Where the browser finds the daemon, if by a proxy. */
  readonly url?: string;
  /** The browser profile that the tab belongs to; one of its own unless given. */
  readonly context?: BrowserContext;
}

/** Opens the console of a daemon in a tab, logged in by a link. Path beneath the base path: `jobs`. */
export async function openConsole(
  browser: Browser,
  service: TestService,
  path = "",
  { url = service.environment.SHOAL_URL, context: given }: TabOptions = {},
): Promise<ConsoleTab> {
  const context = given ?? (await browser.newContext());
  if (!given) onTestFinished(() => context.close());
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults = faultsOf(page);
  await page.addInitScript(NOTE_LAYOUT_SHIFTS);
  const made = await service.api("POST", "/api/console/tickets", {});
  const { path: opening } = (await made.json()) as { path: string };
  await page.goto(url + opening);
  await page.getByRole("main").waitFor();
  if (path !== "") await page.goto(`${url}/console/${path}`);
  return { page, faults };
}

/** Keeps what moved on the page by itself: not within half a second of a key or a press. As text, because it runs in the page. */
const NOTE_LAYOUT_SHIFTS = `
  window.layoutShifts = [];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value, sources } of list.getEntries()) {
      if (!hadRecentInput) layoutShifts.push(value.toFixed(4) + " " + sources.map(({ node }) => node?.className ?? "").join(", "));
    }
  }).observe({ type: "layout-shift", buffered: true });
`;

/** What moved on the page since it was loaded, without anybody having touched it. */
export const layoutShifts = (page: Page) => page.evaluate("layoutShifts") as Promise<string[]>;

/** How many pixels the page is wider than its window. */
export const sidewaysPx = (page: Page) =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") as Promise<number>;

/** The rules of axe that look at colours. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** What axe finds on the page, as it is now: the rule, and the first element that breaks it. */
export async function axeFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  // As an expression of the debugger: a script in the page would be refused, as it should. Once for each load: it is half a megabyte.
  if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(`${axe.source}; undefined`);
  const options = rules ? { runOnly: { type: "rule", values: rules } } : {};
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults;
  return violations.map(({ id, nodes: [first] }) => `${id}: ${first?.html} ${first?.failureSummary}`);
}

/** The same in both themes, which differ in nothing but colours: that is all that is looked at in the second. */
export async function axeFindingsOfThemes(page: Page): Promise<string[]> {
  const findings: string[] = [];
  for (const [colorScheme, rules] of [
    ["light", undefined],
    ["dark", COLOUR_RULES],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    findings.push(...(await axeFindings(page, rules)).map((finding) => `${colorScheme}: ${finding}`));
  }
  return findings;
}
