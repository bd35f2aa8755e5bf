import { type TestDatabase, testDatabase, testServers, until } from "@shoal/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../test-service.ts";
import { openBrowser, openConsole } from "./browser.test-support.ts";

const READ_TOKEN = "read-token-of-this-test";
/** Markup, a turned reading order, a control character, and what would end a script or an attribute. */
const HOSTILE = `<img src=x onerror="window.hit=1">'"\u202eelbisivni\u0007</script>`;

describe.runIf(testServers().chromium)("work and matches in the console", () => {
  let test: TestDatabase;
  let service: TestService;
  let browser: Browser;
  beforeAll(async () => {
    test = await testDatabase();
    const quiet = {
      BOT_MIN_COUNT: "0",
      BOT_MAX_COUNT: "0",
      MATCH_BOT_AFTER_MS: "3600000",
      MATCH_CONFIRM_MS: "3600000",
    };
    const environment = { ...quiet, CHANNEL_ACCESS: "private", DATABASE_URL: test.url, SHOAL_READ_TOKEN: READ_TOKEN };
    [service, browser] = await Promise.all([startTestService(environment), openBrowser()]);
    await until(async () => (await service.get("/readyz")).status === 200);
    await until(async () => (await service.dependency("queues")).state === "ok");
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
    await test?.[Symbol.asyncDispose]();
  });

  const open = async (path: string) => {
    const { page, faults } = await openConsole(browser, service, path);
    return { page, faults };
  };
  /** Presses the button that a question has for what was asked. */
  const confirm = (page: Page, name: string | RegExp) => page.getByRole("dialog").getByRole("button", { name }).click();
  const one = async <Row extends object>(text: string) => (await test.database.query<Row>(text))[0];
  /** Nothing of it ran, and nothing turns the order in which the page is read. */
  const expectHarmless = async (page: Page) => {
    expect(await page.evaluate("window.hit")).toBeUndefined();
    const shown = String(await page.evaluate("document.body.innerText"));
    expect(["\u202e", "\u0007"].filter((char) => shown.includes(char))).toEqual([]);
  };

  it("redrives all jobs that match, and shows how it went", async () => {
    await test.database.query(
      `insert into shoal.jobs (type, status, last_error, unique_key, attempts, finished_at)
       select 'work.' || case when n < 6 then 'bad' else 'other' end, 'dead', 'E_BAD: ' || $1, 'k' || n || $1, 5, now() from generate_series(1, 8) n`,
      [HOSTILE],
    );
    const { page, faults } = await open("jobs?status=dead");
    await page.getByText("<img src=x").first().waitFor();
    await expectHarmless(page);
    await page.getByLabel("Type").fill("work.bad");
    await page.getByText("5 rows").waitFor();
    await page.getByRole("button", { name: "Redrive all that match" }).click();
    await confirm(page, "Redrive 5 jobs");
    await page.getByRole("region", { name: "Acts on all that matched" }).getByText("done", { exact: true }).waitFor();
    expect(await one("select actor, action, acted::int, skipped::int, filter from shoal.job_acts")).toEqual({
      ...{ actor: "console", action: "redrive", acted: 5, skipped: 0 },
      filter: { status: "dead", type: "work.bad" },
    });
    expect(await test.database.query("select actor, action from shoal.job_audit where action = 'redrive_all'")).toEqual(
      [{ actor: "console", action: "redrive_all" }],
    );
    expect(await one("select count(*)::int as left from shoal.jobs where status = 'dead'")).toEqual({ left: 3 });
    expect(faults).toEqual([]);
  });

  it("cancels the jobs that are chosen, by keyboard, and stops an act that waits", async () => {
    await test.database.query(
      "insert into shoal.jobs (type, run_at) select 'work.later', now() + interval '1 day' from generate_series(1, 3)",
    );
    await test.database.query(
      `with job as (insert into shoal.jobs (type, run_at, payload) values ('shoal_act', now() + interval '1 day', '{"act_id": "404"}') returning id)
       insert into shoal.job_acts (actor, action, filter, last_id, expected, job_id) select 'api', 'cancel', '{"type": "nothing"}', 1, 7, id from job`,
    );
    const { page, faults } = await open("jobs?type=work.later");
    const boxes = page.getByRole("checkbox", { name: /^Select job/ });
    await boxes.first().waitFor();
    for (const index of [0, 1]) {
      await boxes.nth(index).focus();
      await page.keyboard.press("Space");
    }
    await page.getByRole("button", { name: "Cancel selected" }).focus();
    await page.keyboard.press("Enter");
    await confirm(page, "Cancel 2 jobs");
    await until(
      async () => (await test.database.query("select from shoal.jobs where type = 'work.later'")).length === 1,
    );
    expect(
      await one("select count(*)::int as n from shoal.jobs_archive where last_error like 'JOB_CANCELLED%'"),
    ).toEqual({ n: 2 });
    await page.getByRole("button", { name: "Stop: Cancel jobs of the type nothing" }).first().click();
    await page.getByText("Stopped; 0 were done before.").first().waitFor();
    expect(await one("select is_stopped from shoal.job_acts where actor = 'api'")).toEqual({ is_stopped: true });
    expect(faults).toEqual([]);
  });

  it("retries and cancels what is chosen, and all that match, by their age as well", async () => {
    await test.database.query(
      `insert into shoal.jobs (type, run_at, created_at)
       select 'work.all', now() + interval '1 day', now() - case when n < 4 then interval '2 hours' else interval '0' end
       from generate_series(1, 5) n`,
    );
    // Nothing here does jobs of that type, so one that is due is tried in vain and waits a while for its next try.
    const tried = "select from shoal.jobs where type = 'work.all' and run_at < now() + interval '1 hour'";
    const dueCount = async () => (await test.database.query(tried)).length;
    const { page, faults } = await open("jobs?type=work.all");
    await page.getByText("5 rows").waitFor();
    await page
      .getByRole("checkbox", { name: /^Select job/ })
      .first()
      .check();
    await page.getByRole("button", { name: "Retry selected" }).click();
    await confirm(page, "Retry 1 job");
    await until(async () => (await dueCount()) === 1);
    await page.getByLabel("Added").selectOption("Over an hour ago");
    await page.getByText("3 rows").waitFor();
    await page.getByRole("button", { name: "Retry all that match" }).click();
    await confirm(page, "Retry 3 jobs");
    await until(async () => (await dueCount()) === 4);
    await page.getByRole("button", { name: "Cancel all that match" }).click();
    await confirm(page, "Cancel 3 jobs");
    await until(async () => (await test.database.query("select from shoal.jobs where type = 'work.all'")).length === 2);
    expect(faults).toEqual([]);
  });

  it("says that there is no such job, and offers no other try", async () => {
    const { page, faults } = await open("jobs/nothing");
    await page.getByRole("main").getByRole("alert").first().waitFor();
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
    expect(faults.filter((fault) => !/40[04]|422/.test(fault))).toEqual([]);
  });

  it("shows a job, its payload when that is asked for, and makes it due or cancels it", async () => {
    const row = await one<{ id: string }>(
      `insert into shoal.jobs (type, run_at, payload) values ('work.one', now() + interval '1 day', jsonb_build_object('text', 'x')) returning id::text`,
    );
    await test.database.query(
      "update shoal.jobs set payload = jsonb_build_object('text', $1::text), unique_key = $1 where id = $2::int8",
      [HOSTILE, row?.id ?? ""],
    );
    const { page, faults } = await open(`jobs/${row?.id}`);
    await page.getByText("work.one").waitFor();
    expect(await page.getByRole("region", { name: "Payload" }).textContent()).not.toContain("img");
    await page.getByRole("button", { name: "Show the payload" }).click();
    await page.getByText(/"text": "<img src=x/).waitFor();
    await expectHarmless(page);
    await page.getByRole("button", { name: "Retry" }).click();
    // As above, it may have been tried in vain by the time that one looks, and wait for a minute or so.
    const isTried = `select from shoal.jobs where id = ${row?.id} and run_at < now() + interval '1 hour'`;
    await until(async () => (await one(isTried)) !== undefined);
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await confirm(page, `Cancel job ${row?.id}`);
    await until(async () => (await one(`select from shoal.jobs_archive where id = ${row?.id}`)) !== undefined);
    await page.getByText("dead", { exact: true }).waitFor();
    const deeds = await test.database.query(
      `select actor, action from shoal.job_audit where job_id = ${row?.id} and action <> 'attempt' order by id`,
    );
    expect(deeds).toEqual([
      { actor: "console", action: "retry" },
      { actor: "console", action: "cancel" },
    ]);
    expect(faults).toEqual([]);
  });

  it("shows queues and letters, puts some back, and deletes some", async () => {
    await test.database.query(
      `insert into shoal.queue_dead_letters (queue, message_id, dlq_message_id, read_count, error_code, error_message)
       select 'alert_jobs', n, id, 5, case when n < 4 then 'E_BAD' else 'E_WORSE' end, $1 from generate_series(1, 6) n
       cross join lateral pgmq.send('alert_jobs_dlq', jsonb_build_object('n', n, 'text', $1::text)) as id`,
      [HOSTILE],
    );
    const { page, faults } = await open("queues");
    await page.getByRole("link", { name: "alert_jobs" }).click();
    await page.getByText("E_WORSE").first().waitFor();
    await expectHarmless(page);
    await page.getByRole("button", { name: "Show the payload of message 1" }).click();
    await page.getByText(/"text": "<img src=x/).waitFor();
    await expectHarmless(page);
    await page.keyboard.press("Escape");
    const count = async (queue: string) => (await test.database.query(`select from pgmq.q_${queue}`)).length;
    await page.getByRole("checkbox", { name: "Select dead letter 1" }).check();
    await page.getByRole("button", { name: "Redrive selected" }).click();
    await until(async () => (await count("alert_jobs")) === 1);
    await page.getByRole("checkbox", { name: "Select dead letter 2" }).check();
    await page.getByRole("button", { name: "Delete selected" }).click();
    await confirm(page, "Delete 1 dead letter");
    await until(async () => (await count("alert_jobs_dlq")) === 4);
    await page.getByLabel("Error code").fill("E_WORSE");
    await page.getByText("3 rows").waitFor();
    await page.getByRole("button", { name: "Delete all that match" }).click();
    await confirm(page, "Delete 3 dead letters");
    await until(async () => (await count("alert_jobs_dlq")) === 1);
    await page.getByLabel("Error code").fill("E_BAD");
    await page.getByText("1 row", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Redrive all that match" }).click();
    await confirm(page, "Redrive 1 dead letter");
    await until(async () => (await count("alert_jobs")) === 2);
    await page.getByRole("tab", { name: "Messages" }).click();
    await page.getByRole("button", { name: "Show the payload of message 1" }).waitFor();
    const deeds = await test.database.query(
      "select actor, action, queue from shoal.job_audit where queue is not null order by id",
    );
    const byConsole = { actor: "console", queue: "alert_jobs" };
    expect(deeds).toEqual(
      ["redrive", "delete", "delete_all", "redrive_all"].map((action) => ({ ...byConsole, action })),
    );
    expect(faults).toEqual([]);
  });

  it("says why each person in line is not matched, and ends a match", async () => {
    const wait = async (name: string) =>
      (await (
        await service.api("POST", "/api/match/tickets", { user_id: name, name: `${name} ${HOSTILE}` })
      ).json()) as { id: string };
    const ann = await wait("ann");
    const { page, faults } = await open("matches");
    await page.getByText(/^ann <img src=x/).waitFor();
    await page.getByText(/Nobody else waits. A bot may come in/).waitFor();
    await expectHarmless(page);
    const ben = await wait("ben");
    await until(async () => (await service.ticket(ben.id)).status === "reserved");
    for (const { id } of [ann, ben]) await service.api("POST", `/api/match/tickets/${id}/confirm`);
    await page.getByRole("tab", { name: "Rooms" }).click();
    await page.getByText("live", { exact: true }).waitFor();
    await expectHarmless(page);
    await page.getByRole("button", { name: /^End the match of/ }).click();
    await confirm(page, "End the match");
    await until(
      async () => (await one("select from shoal.matches where ended_reason = 'ended_by_operator'")) !== undefined,
    );
    expect(await one("select actor from shoal.job_audit where action = 'end_match'")).toEqual({ actor: "console" });
    await page.getByText("No match is live").waitFor();
    await page.getByRole("tab", { name: "Ended, by reason" }).click();
    await page.getByText("ended_by_operator").waitFor();

    const [cara, dan] = [await wait("cara"), await wait("dan")];
    await until(async () => (await service.ticket(dan.id)).status === "reserved");
    const { match_id: matchId } = await service.ticket(cara.id);
    await page.goto(`${service.environment.SHOAL_URL}/console/matches/${matchId}`);
    await page.getByRole("button", { name: "End the match" }).click();
    await expectHarmless(page);
    await confirm(page, "End the match");
    await until(
      async () =>
        (await one(
          `select from shoal.matches where match_id = '${matchId}' and ended_reason = 'ended_by_operator'`,
        )) !== undefined,
    );
    expect(faults).toEqual([]);
  });

  it("shows a reader all of it, without what changes anything", async () => {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(`${service.environment.SHOAL_URL}/console/jobs`);
      await page.getByLabel(/token/i).fill(READ_TOKEN);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("link", { name: /^\d+$/ }).first().waitFor();
      expect(await page.getByRole("button", { name: /Cancel|Retry|Redrive/ }).count()).toBe(0);
    } finally {
      await context.close();
    }
  });
});
