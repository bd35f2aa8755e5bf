import { backends, testDatabase } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { installPgmq } from "../src/pgmq/install-pgmq.ts";

describe.each(backends())("pgmq on the %s backend", (backend) => {
  it("is installed once, by however many at the same time", async () => {
    await using test = await testDatabase({ backend });
    const outcomes = await Promise.all([1, 2, 3].map(() => installPgmq(test.connect(1))));
    expect(outcomes.filter((outcome) => outcome !== "present")).toHaveLength(1);
    expect(await installPgmq(test.database)).toBe("present");
  });

  it("creates, sends, reads, sets aside, archives and drops", async () => {
    await using test = await testDatabase({ backend });
    const { database } = test;
    await installPgmq(database);
    await database.query("select pgmq.create('jobs')");
    const sent = await database.query("select pgmq.send('jobs', ($1::text)::jsonb) as id", ['{"n": 1}']);
    expect(sent).toEqual([{ id: "1" }]);
    const batch = await database.query("select pgmq.send_batch('jobs', ($1::text[])::jsonb[]) as id", [
      ['{"n": 2}', '{"n": 3}'],
    ]);
    expect(batch).toEqual([{ id: "2" }, { id: "3" }]);
    const read = await database.query("select msg_id, read_ct, message from pgmq.read('jobs', 30, 2)");
    expect(read).toEqual([
      { msg_id: "1", read_ct: 1, message: { n: 1 } },
      { msg_id: "2", read_ct: 1, message: { n: 2 } },
    ]);
    const again = await database.query("select msg_id from pgmq.set_vt('jobs', 1, 0)");
    expect(again).toEqual([{ msg_id: "1" }]);
    expect(await database.query("select pgmq.archive('jobs', 1) as done")).toEqual([{ done: true }]);
    expect(await database.query("select pgmq.delete('jobs', 2) as done")).toEqual([{ done: true }]);
    expect(await database.query("select msg_id, message from pgmq.a_jobs")).toEqual([
      { msg_id: "1", message: { n: 1 } },
    ]);
    expect(await database.query("select queue_length::int as length from pgmq.metrics('jobs')")).toEqual([
      { length: 1 },
    ]);
    expect(await database.query("select pgmq.drop_queue('jobs') as done")).toEqual([{ done: true }]);
  });
});
