import { HOUR_MS, MINUTE_MS } from "@shoal/kernel";
import { createMetrics } from "@shoal/monitor";
import { type Database, nameOfStatement, StoreError } from "@shoal/store";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createTradeFold, observeTradeFold } from "./fold.ts";

type Answer = { readonly folded: number; readonly has_more: boolean } | Error;

/** A database that has these answers for folds, and then nothing new. */
function make(answers: Answer[], analytics = {}, isMine = () => true) {
  const runtime = testRuntime();
  const sent: string[] = [];
  const lines: string[] = [];
  const log = {
    ...runtime.log,
    warn: (_: object, message: string) => lines.push(message),
    info: (_: object, message: string) => lines.push(message),
  };
  const database = {
    async query(text: string) {
      const name = nameOfStatement(text) ?? text;
      sent.push(name);
      if (name !== "analytics_fold") return [{ folded: 0, has_more: false, as_of: null }];
      const answer = answers.shift() ?? { folded: 0, has_more: false };
      if (answer instanceof Error) throw answer;
      return [{ ...answer, as_of: new Date(5) }];
    },
  } as unknown as Database;
  const reports: string[] = [];
  const report = { succeeded: () => void reports.push("ok"), failed: () => void reports.push("failed") };
  const fold = createTradeFold({ runtime: { ...runtime, log }, database, analytics, report, isMine });
  return { fold, clock: runtime.clock, sent, lines, reports };
}

const settled = async (clock: ReturnType<typeof make>["clock"], ms: number) => clock.advance(ms);

it("counts each minute, and at once where more is left", async () => {
  const { fold, clock, sent } = make([
    { folded: 10_000, has_more: true },
    { folded: 3, has_more: false },
  ]);
  fold.start();
  await settled(clock, 1);
  expect(sent).toEqual(["analytics_follow", "analytics_fold", "analytics_fold"]);
  await settled(clock, 2 * MINUTE_MS);
  expect(sent).toEqual(["analytics_follow", ...Array.from({ length: 4 }, () => "analytics_fold")]);
  await fold.stop();
  await settled(clock, HOUR_MS);
  expect(sent.length).toBe(5);
});

it("counts once, then leaves it to another daemon until that is gone, and counts for whoever asks", async () => {
  let isMine = false;
  const { fold, clock, sent } = make([], {}, () => isMine);
  fold.start();
  await settled(clock, 10 * MINUTE_MS);
  expect(sent).toEqual(["analytics_follow", "analytics_fold"]);
  await fold.now();
  expect(sent.length).toBe(3);
  isMine = true;
  await settled(clock, MINUTE_MS);
  expect(sent.length).toBe(4);
  await fold.stop();
});

it("tells once that the database is away, and once that it is back", async () => {
  const away = new StoreError("STORE_UNAVAILABLE", "away", { retryable: true });
  const { fold, clock, lines, reports } = make([away, away, { folded: 0, has_more: false }]);
  fold.start();
  await settled(clock, 10 * MINUTE_MS);
  expect(lines).toEqual([
    "trades cannot be counted for analytics: answers grow old until it works again",
    "trades are counted for analytics again",
  ]);
  expect(reports.slice(0, 3)).toEqual(["failed", "failed", "ok"]);
  await fold.stop();
});

it("counts once for all who ask at a time, and waits a little for another daemon that counts", async () => {
  const { fold, clock, sent } = make([
    { folded: 0, has_more: true },
    { folded: 0, has_more: false },
  ]);
  const both = Promise.all([fold.now(), fold.now()]);
  await settled(clock, 100);
  expect(await both).toEqual([new Date(5), new Date(5)]);
  expect(sent).toEqual(["analytics_follow", "analytics_fold", "analytics_fold"]);
});

it("counts own trades after ours", async () => {
  const trades = { table: "t", userId: "u", symbol: "s", quantity: "q", price: "p", at: "a" };
  const { fold, sent } = make([], { trades });
  await fold.now();
  expect(sent).toEqual(["analytics_follow", "analytics_fold", "analytics_fold_own"]);
});

it("is seen in metrics", async () => {
  const metrics = createMetrics();
  const { fold, clock } = make([
    { folded: 7, has_more: true },
    new StoreError("STORE_UNAVAILABLE", "away", { retryable: true }),
  ]);
  observeTradeFold(metrics, fold.events);
  const failed = fold.now().catch(() => "failed");
  await settled(clock, 1000);
  expect(await failed).toBe("failed");
  const { body } = await metrics.render();
  expect(body).toMatch(/^shoal_analytics_folded_total(\{\})? 7$/m);
  expect(body).toMatch(/^shoal_analytics_fold_behind(\{\})? 1$/m);
});
