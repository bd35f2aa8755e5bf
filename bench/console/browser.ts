import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { consoleLink } from "@shoal/bot-service/cli";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { findChromium } from "@shoal/testkit";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { API_TOKEN, openDaemons, round } from "../idle/measure.ts";
import { quantile } from "../sandbox/measure.ts";

const TARGETS = {
  firstPageBytes: 45_000,
  chatBytes: 65_000,
  firstFigureMs: 300,
  pixelP99Ms: 250,
  listMs: 100,
  firstLineMs: 5000,
} as const;
const SIZES = { whole: { loads: 30, events: 300, asks: 50 }, quick: { loads: 3, events: 10, asks: 5 } } as const;
type Size = (typeof SIZES)[keyof typeof SIZES];
const ROWS = { jobs: 100_000, bots: 10_000 } as const;
const DEMO = join(import.meta.dirname, "../../apps/demo/src/main.ts");

const spread = (values: readonly number[]) => ({
  p50: round(quantile(values, 0.5)),
  p99: round(quantile(values, 0.99)),
});

/** Bytes of all JavaScript that the browser has loaded for this page, in their smallest encoding. */
async function scriptBytes(page: Page): Promise<number> {
  const loaded =
    "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))";
  const scripts = new Set((await page.evaluate(loaded)) as string[]);
  const bytes = [...scripts].map(async (script) => {
    // Who takes nothing else waits until it is there.
    const answer = await fetch(script, { headers: { "accept-encoding": "br" }, decompress: false });
    if (answer.headers.get("content-encoding") !== "br") throw new Error(`${script} was not sent as br`);
    return (await answer.arrayBuffer()).byteLength;
  });
  return (await Promise.all(bytes)).reduce((sum, count) => sum + count, 0);
}

/** Ms from the start of a navigation until the page is as `expression` says. */
async function loadMs(context: BrowserContext, url: string, expression: string): Promise<number> {
  const page = await context.newPage();
  await page.goto(url, { waitUntil: "commit" });
  // As an expression of the debugger: the page itself may evaluate none.
  const ms = (await page.evaluate(`new Promise((resolve) => {
    const look = () => ((${expression}) ? resolve(performance.now()) : requestAnimationFrame(look));
    look();
  })`)) as number;
  await page.close();
  return ms;
}

/** Cold loads, each in a browser profile of its own that is logged in, beside an answer of a few bytes from the same daemon. */
async function measureLoads(browser: Browser, url: string, storage: Storage, { loads }: Size) {
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let load = 0; load < loads; load += 1) {
    const context = await browser.newContext({ storageState: storage });
    floor.push(await loadMs(context, `${url}/healthz`, "document.readyState === 'complete'"));
    ours.push(await loadMs(context, `${url}/console/`, "document.querySelector('.connection.live')"));
    await context.close();
  }
  return { firstFigureMs: spread(ours), floorMs: spread(floor) };
}

/** Notes when a text is painted that was not there: after the frame that follows the change. */
const WATCH = `(wanted) => {
  window.painted = new Promise((resolve) => {
    const look = () => {
      if (!document.body.textContent.includes(wanted)) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(Date.now()));
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}`;

/** From the request that makes something happen until it is seen, beside the request's own answer and a frame. */
async function measureEvents(page: Page, url: string, { events }: Size) {
  await page.goto(`${url}/console/events`);
  await page.locator(".connection.live").waitFor();
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let event = 0; event < events; event += 1) {
    const user_id = `bench-${event}-of-the-console`;
    await page.evaluate(`(${WATCH})(${JSON.stringify(user_id)})`);
    const begunMs = Date.now();
    const answer = await ask(url, "/api/match/tickets", { user_id, name: "bench" });
    if (!answer.ok) throw new Error(`a ticket was answered with status ${answer.status}`);
    await answer.arrayBuffer();
    floor.push(Date.now() - begunMs);
    ours.push(((await page.evaluate("painted")) as number) - begunMs);
  }
  return { pixelMs: spread(ours), floorMs: spread(floor) };
}

const ask = (url: string, path: string, body?: object) =>
  fetch(url + path, {
    headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" },
    ...(body && { method: "POST", body: JSON.stringify(body) }),
  });

async function askMs(url: string, path: string, { asks }: Size) {
  const times: number[] = [];
  for (let count = 0; count < asks; count += 1) {
    const begunMs = performance.now();
    const answer = await ask(url, path);
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${path} was answered with status ${answer.status}`);
    times.push(performance.now() - begunMs);
  }
  return spread(times);
}

/** Long lists of the database, at the API and in the page. */
async function measureLists(context: BrowserContext, url: string, databaseUrl: string, size: Size) {
  const database = createDatabase<string>({ url: databaseUrl, runtime: createSystemRuntime(), maxConnections: 1 });
  await database.query(
    "insert into shoal.jobs (type, status, last_error, attempts, finished_at) select 'bench.' || n % 20, 'dead', 'E_BENCH: none', 5, now() from generate_series(1, $1::int) n",
    [ROWS.jobs],
  );
  await database.query(
    `insert into public.bot_deployments (bot_id, kind, name, desired, status)
     select 'many-' || lpad(n::text, 5, '0'), 'conversation', 'Many ' || n, 'stopped', 'stopped' from generate_series(1, $1::int) n`,
    [ROWS.bots],
  );
  await database.close();
  const rowOf = (table: string) => `document.querySelector('[aria-label="${table}"] tbody tr[data-key]')`;
  return {
    rows: ROWS,
    jobsMs: await askMs(url, "/api/jobs?limit=200", size),
    deadJobsOfOneTypeMs: await askMs(url, "/api/jobs?status=dead&type=bench.7&limit=200", size),
    botsMs: await askMs(url, "/api/bot/deployments?only=bots&limit=200", size),
    floorMs: await askMs(url, "/healthz", size),
    jobsShownMs: round(await loadMs(context, `${url}/console/jobs`, rowOf("Jobs"))),
    botsShownMs: round(await loadMs(context, `${url}/console/fleet?tab=deployed`, rowOf("Deployed bots"))),
  };
}

/** Reads what a demo prints, to its end, as it goes on printing; resolves with the link as soon as that is there. */
function linkOf(stdout: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = async () => {
    let printed = "";
    for await (const bytes of stdout) {
      printed = (printed + new TextDecoder().decode(bytes)).slice(-10_000);
      const [link] = /http:\S+#ticket=[\w-]+(?=\s)/.exec(printed) ?? [];
      if (link !== undefined) resolve(link);
    }
    reject(new Error(`the demo ended: ${printed}`));
  };
  void read();
  return promise;
}

/** From `bun run demo --chat`, installed, to the first line of a bot in the browser. */
async function measureFirstLine(browser: Browser) {
  const directory = mkdtempSync(join(tmpdir(), "shoal-bench-console-"));
  const begunMs = performance.now();
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, SHOAL_DIRECTORY: directory };
  const demo = Bun.spawn([process.execPath, DEMO, "--chat", "--people", "0"], {
    ...{ env, stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  });
  try {
    const link = await linkOf(demo.stdout);
    const linkMs = performance.now() - begunMs;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(link);
    await page.locator("[role=log] .theirs:not(.typing)").first().waitFor();
    const firstLineMs = performance.now() - begunMs;
    const chatBytes = await scriptBytes(page);
    const floorMs = await loadMs(context, new URL("/healthz", link).href, "document.readyState === 'complete'");
    await context.close();
    return { chatBytes, linkMs: round(linkMs), firstLineMs: round(firstLineMs), floorMs: round(floorMs) };
  } finally {
    demo.kill("SIGINT");
    await demo.exited;
    rmSync(directory, { recursive: true, force: true });
  }
}

type Storage = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** What a person waits for in the browser. */
export async function measureBrowser(quick: boolean): Promise<Record<string, unknown>> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium: apt-get install chromium-headless-shell");
  const size = quick ? SIZES.quick : SIZES.whole;
  await using stack = new AsyncDisposableStack();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  stack.defer(() => browser.close());
  const demo = await measureFirstLine(browser);
  const daemons = stack.use(await openDaemons(1));
  const url = daemons.started[0]?.url ?? "";
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(await consoleLink({ url, token: API_TOKEN }));
  await page.locator(".plot canvas").first().waitFor();
  const firstPageBytes = await scriptBytes(page);
  const loads = await measureLoads(browser, url, await context.storageState(), size);
  const events = await measureEvents(page, url, size);
  const lists = await measureLists(context, url, daemons.databaseUrl, size);
  const asked: [what: string, is: number, most: number][] = [
    ["bytes of JavaScript of the first page", firstPageBytes, TARGETS.firstPageBytes],
    ["bytes of JavaScript of the chat", demo.chatBytes, TARGETS.chatBytes],
    ["ms to the first live figure", loads.firstFigureMs.p50, TARGETS.firstFigureMs],
    ["ms from event to pixel, p99", events.pixelMs.p99, TARGETS.pixelP99Ms],
    ["ms for a page of 100,000 jobs, p99", lists.jobsMs.p99, TARGETS.listMs],
    ["ms for a page of the dead of one type, p99", lists.deadJobsOfOneTypeMs.p99, TARGETS.listMs],
    ["ms for a page of 10,000 deployed bots, p99", lists.botsMs.p99, TARGETS.listMs],
    ["ms to a bot's first line", demo.firstLineMs, TARGETS.firstLineMs],
  ];
  const missed = asked.flatMap(([what, is, most]) => (is > most ? [`${what}: ${is}, at most ${most}`] : []));
  return {
    targets: TARGETS,
    firstPageBytes,
    loads,
    events,
    lists,
    demo,
    targetsMissed: quick ? [] : missed,
  };
}
