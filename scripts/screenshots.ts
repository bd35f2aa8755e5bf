/** Runs `bun run screenshots`; `--help` says what it does. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { consoleLink } from "@shoal/bot-service/cli";
import { createCommand, wholeNumber } from "@shoal/command-line";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { findChromium, until } from "@shoal/testkit";
import { chromium, type Page } from "playwright-core";
import { reducePng } from "./reduce-png.ts";
import { repositoryRoot } from "./repository-files.ts";
import { runScript } from "./run-script.ts";

const FOLDER = join(repositoryRoot, "docs/images");
const SHOAL = join(repositoryRoot, "apps/bot-service/src/main.ts");
const DEMO = join(repositoryRoot, "apps/demo/src/main.ts");
const STRATEGIES = join(repositoryRoot, "examples/strategies");
const SIZE = { width: 1280, height: 800 };
/** Of a picture, so that a page of docs/ with two of them stays quick to load. */
const PICTURE_MAX_BYTES = 150_000;
/** The console, in the words and the hours of nobody in particular. */
const BROWSER = { viewport: SIZE, locale: "en-GB", timezoneId: "UTC", reducedMotion: "reduce" } as const;

interface Daemon {
  readonly url: string;
  readonly token: string;
  readonly databaseUrl: string;
  /** Runs a command of `shoal` beside the daemon, and returns what it printed. */
  shoal(...words: string[]): Promise<string>;
  api(path: string, body?: object): Promise<Response>;
}

/** Starts the demo, whose people are the same each time, and waits until they talk. */
async function startDemo(stack: AsyncDisposableStack): Promise<Daemon> {
  const directory = mkdtempSync(join(tmpdir(), "shoal-screenshots-"));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const env = { ...process.env, SHOAL_DIRECTORY: directory, BOT_MIN_COUNT: "8" };
  const demo = Bun.spawn([process.execPath, DEMO, "--chat", "--json", "--people", "14"], {
    ...{ env, stdin: "ignore", stdout: "ignore", stderr: "ignore" },
  });
  stack.defer(async () => {
    demo.kill("SIGINT");
    await demo.exited;
  });
  const shoal = async (...words: string[]) => {
    const child = Bun.spawn([process.execPath, SHOAL, ...words], { env, stdin: "ignore", stderr: "pipe" });
    const [printed, said] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    if ((await child.exited) !== 0) throw new Error(`shoal ${words.join(" ")}: ${said}`);
    return printed;
  };
  let printed = "";
  await until(async () => {
    if (demo.exitCode !== null) throw new Error(`the demo ended with exit code ${demo.exitCode}`);
    printed = await shoal("env").catch(() => "");
    return printed !== "";
  });
  const variable = (name: string) => new RegExp(`${name}='?([^'\n]+)`).exec(printed)?.[1] ?? "";
  const [url, token, databaseUrl] = ["SHOAL_URL", "SHOAL_API_TOKEN", "DATABASE_URL"].map(variable) as [
    string,
    string,
    string,
  ];
  const api = (path: string, body?: object) =>
    fetch(url + path, {
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body && { method: "POST", body: JSON.stringify(body) }),
    });
  await until(async () => (await api("/readyz")).status === 200);
  return { url, token, databaseUrl, shoal, api };
}

/** Bots that are deployed, strategies with runs, and jobs of which some are dead. */
async function fill({ shoal, api, databaseUrl }: Daemon): Promise<void> {
  for (const [bot_id, name] of Object.entries({ "host-lisbon": "Marta", "host-night": "Ravi" })) {
    await api("/api/bot/start", { bot_id, name });
  }
  for (const [name, file] of Object.entries({
    cross: "moving-average-cross",
    reversal: "rsi-reversal",
    grid: "grid",
  })) {
    const words = ["strategies", "deploy", join(STRATEGIES, `${file}.ts`), "--name", name, "--every", "5m"];
    await shoal(...words, "--cash", "10000");
  }
  for (let run = 0; run < 12; run += 1) await shoal("strategies", "execute", "cross");
  const database = createDatabase<string>({ url: databaseUrl, runtime: createSystemRuntime(), maxConnections: 1 });
  await database.script(JOBS);
  await database.close();
}

/** Jobs of an app whose worker is another program: the daemon leaves them as they are. */
const JOBS = `
  insert into shoal.jobs (type, status, attempts, last_error, created_at, finished_at, payload)
  select 'welcome_mail', 'dead', 5, 'MAIL_REFUSED: the mailbox does not exist', now() - n * interval '7 minutes', now() - n * interval '6 minutes', '{"template": "welcome"}'
  from generate_series(1, 3) n;
  insert into shoal.jobs (type, run_at, payload)
  select 'daily_report', now() + n * interval '1 hour', jsonb_build_object('day', n) from generate_series(1, 9) n;
`;

/** What each picture shows: opens it in a tab, and waits until it has what it is to show. */
const PICTURES: Readonly<Record<string, (page: Page, base: string) => Promise<void>>> = {
  async overview(page, base) {
    await page.goto(base);
    await page.locator(".plot canvas").first().waitFor();
  },
  async fleet(page, base) {
    await page.goto(`${base}fleet`);
    await page.getByRole("region", { name: "Bots of this daemon" }).getByText("talking").first().waitFor();
  },
  async strategies(page, base) {
    await page.goto(`${base}strategies`);
    await page.getByRole("link", { name: "cross" }).click();
    await page.getByRole("heading", { name: "cross" }).waitFor();
  },
  async chat(page, base) {
    await page.goto(`${base}chat?name=Ann`);
    await meetBot(page);
    const talk = page.getByRole("log");
    await talk.locator(".theirs:not(.typing)").first().waitFor();
    for (const text of ["Hello! Do you like jazz?", "I was at the zoo last weekend."]) {
      await page.getByLabel("Your message").fill(text);
      await page.keyboard.press("Enter");
      await talk.getByText(text).waitFor();
      await talk.locator(".mine + .theirs:not(.typing)").last().waitFor();
    }
  },
};

/** Lets whoever is met go until it is a bot. */
async function meetBot(page: Page): Promise<void> {
  const status = page.locator(".chat").getByRole("status");
  for (;;) {
    await status.getByText(/^You talk with/).waitFor();
    if ((await status.textContent())?.endsWith(", a bot.")) return;
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByRole("button", { name: "Find somebody else" }).click();
  }
}

/** Writes the pictures of each page, in both themes. */
async function screenshots({ settle }: { readonly settle: number }): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium: apt-get install chromium-headless-shell");
  await using stack = new AsyncDisposableStack();
  const daemon = await startDemo(stack);
  await fill(daemon);
  process.stdout.write(`${settle} s of history for the charts\n`);
  await Bun.sleep(settle * 1000);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  stack.defer(() => browser.close());
  const page = await (await browser.newContext(BROWSER)).newPage();
  await page.goto(await consoleLink(daemon));
  await page.getByText("Live", { exact: true }).waitFor();
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, show] of Object.entries(PICTURES)) {
    await show(page, `${daemon.url}/console/`);
    await until(async () => (await page.locator("main .loading").count()) === 0);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const picture = reducePng(await page.screenshot({ animations: "disabled", caret: "hide" }));
      const path = join(FOLDER, `${name}-${colorScheme}.png`);
      if (picture.length > PICTURE_MAX_BYTES) throw new Error(`${path} has ${picture.length} bytes`);
      writeFileSync(path, picture);
      process.stdout.write(`${path} ${Math.round(picture.length / 1000)} kB\n`);
    }
  }
}

await runScript(
  createCommand("bun run screenshots")
    .description(
      "Starts the demo with people who talk, deployed bots, strategies and jobs, and writes pictures of the console into docs/images, in both themes. Needs Chromium.",
    )
    .option("--settle <seconds>", "let it run so long before, for the charts", wholeNumber(0, 900), 60)
    .action(screenshots),
);
