import { expect, it } from "vitest";
import { startPeople } from "./people-process.ts";

it("may be told anything after it was killed", async () => {
  const people = startPeople({
    SUPABASE_URL: "http://127.0.0.1:9",
    SUPABASE_ANON_KEY: "key",
    PEOPLE_COUNT: "1",
    PEOPLE_SEED: "1",
    PEOPLE_TOPICS: "",
  });
  people.kill();
  expect(await people.exited).not.toBe(0);
  people.mark();
  await people.stop();
  await expect(people.ready).rejects.toMatchObject({ code: "DEMO_PEOPLE_DIED" });
});
