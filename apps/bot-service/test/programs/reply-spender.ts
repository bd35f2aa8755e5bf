/** A daemon's replies in a process of their own, for tests that kill it: says what it begins and what it has spent, until the day has no room. */
import { writeSync } from "node:fs";
import { createSystemRuntime, sleep } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { SqlReplyBudget } from "../../src/replies/sql-budget.ts";

const [url = "", name = "", dayMicros = "0", worstMicros = "0"] = process.argv.slice(2);
const runtime = createSystemRuntime();
const database = createDatabase({ url, runtime, maxConnections: 2 });
const roomy = 1e12;
const limits = { conversationMicros: roomy, personDayMicros: roomy, dayMicros: Number(dayMicros), monthMicros: roomy };
const budget = new SqlReplyBudget({ database, runtime, limits });

async function talk(person: string): Promise<void> {
  for (let nth = 1; ; nth += 1) {
    const reserved = await budget.reserve({
      conversationId: person,
      personId: person,
      worstMicros: Number(worstMicros),
    });
    if (!reserved.ok && reserved.scope === "day") return;
    if (!reserved.ok) {
      // The database was slow: it is asked again once its answers have been read.
      await sleep(runtime.clock, 20);
      continue;
    }
    const used = 1 + (nth % Number(worstMicros));
    // At once: what is said must not be lost with the process.
    writeSync(1, `began ${used}\n`);
    await budget.settle(reserved.id, used);
  }
}

await Promise.all(Array.from({ length: 5 }, (_, person) => talk(`${name}-${person}`)));
await budget.close(5_000);
await database.close();
writeSync(1, "spent\n");
