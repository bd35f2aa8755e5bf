import { silentLog } from "@shoal/kernel";
import { faultProxy, testDatabase } from "@shoal/testkit";
import { afterEach, expect, it } from "vitest";
import { parseConfig } from "../src/config.ts";
import { startService } from "../src/service.ts";
import { startTestService, testDirectory } from "./test-service.ts";

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

it("takes down what was started when a later part cannot be had, so that the next start finds everything free", async () => {
  const directory = cleanUp.use(testDirectory()).path;
  const taken = cleanUp.use(await faultProxy(9));
  await taken.open();
  const start = (HTTP_PORT: string) => {
    const { config } = parseConfig({ SHOAL_DIRECTORY: directory, START_MODE: "quota", HTTP_PORT });
    return startService({ config, log: silentLog, pid: process.pid, onFatal: () => {} });
  };
  await expect(start(`${taken.port}`)).rejects.toMatchObject({ code: "HTTP_PORT_TAKEN" });
  const service = await start("0");
  expect(await service.drain()).toMatchObject({ clean: true });
});

it("serves a project from a directory it may not write to", async () => {
  const database = cleanUp.use(await testDatabase({ migrate: false }));
  const nobody = cleanUp.use(await faultProxy(9));
  const service = cleanUp.use(
    await startTestService({
      SHOAL_DIRECTORY: "/dev/null/shoal",
      DATABASE_URL: database.url,
      SUPABASE_URL: `http://127.0.0.1:${nobody.port}`,
      SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0123456789",
      SHOAL_API_TOKEN: "0123456789abcdef",
    }),
  );
  expect((await service.get("/healthz")).status).toBe(200);
  // The daemon may be in the middle of its migrations.
  expect(await service.drain()).toMatchObject({ clean: true, left: { sockets: 0, slots: 0, leases: 0, timers: 0 } });
});
