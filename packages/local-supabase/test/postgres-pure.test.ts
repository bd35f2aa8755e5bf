import { describe, expect, it } from "vitest";
import { parsePostmasterFile } from "../src/postgres/adapters/server-process.ts";
import { dataOwner, launchPlans, launchPrefix, serverUser } from "../src/postgres/launch-plan.ts";
import { judgeLeftover } from "../src/postgres/stop-server.ts";

const PASSWD = [
  "root:x:0:0:root:/root:/bin/bash",
  "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
  "postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash",
].join("\n");

describe("the user a server of root runs as", () => {
  it("is postgres where there is one, else nobody, else none", () => {
    expect(serverUser(PASSWD)).toEqual({ name: "postgres", uid: 101, gid: 104 });
    expect(serverUser(PASSWD.replace(/^postgres.*$/m, ""))).toMatchObject({ name: "nobody" });
    expect(serverUser("root:x:0:0:root:/root:/bin/sh\nbroken line\npostgres:x:0:0::/:\n")).toBeUndefined();
  });
});

describe("the ways to launch a server", () => {
  it("are one for an ordinary user: as that user", () => {
    expect(launchPlans(1000, PASSWD)).toEqual([{ kind: "self" }]);
  });

  it("are several for root, none of them as root", () => {
    expect(launchPlans(0, PASSWD).map((plan) => plan.kind)).toEqual(["user", "capable-user", "user-namespace"]);
    expect(launchPlans(0, "").map((plan) => plan.kind)).toEqual(["user-namespace"]);
  });

  it("give the data to whoever runs the server", () => {
    expect(launchPlans(0, PASSWD).map(dataOwner)).toEqual([
      { uid: 101, gid: 104 },
      { uid: 101, gid: 104 },
      { uid: 0, gid: 0 },
    ]);
    expect(dataOwner({ kind: "self" })).toBeUndefined();
  });

  it("need a helper program only where the plain switch is not enough", () => {
    expect(launchPlans(0, PASSWD).map((plan) => launchPrefix(plan)[0])).toEqual([undefined, "setpriv", "unshare"]);
  });
});

describe("a postmaster.pid", () => {
  const whole = "4711\n/data\n1795327633\n54999\n\n127.0.0.1\n  2179078         4\nready   \n";

  it("tells the process, the port and whether the server is ready", () => {
    expect(parsePostmasterFile(whole)).toEqual({ pid: 4711, port: 54_999, isReady: true });
  });

  it.each([
    ["starting", { pid: 4711, port: 54_999, isReady: false }],
    ["stopping", { pid: 4711, port: 54_999, isReady: false }],
  ])("is not ready while %s", (status, expected) => {
    expect(parsePostmasterFile(whole.replace("ready", status))).toEqual(expected);
  });

  it("is read at every moment of its being written", () => {
    for (let length = 0; length <= whole.length; length += 1) {
      const file = parsePostmasterFile(whole.slice(0, length));
      expect(file?.isReady ?? false).toBe(length >= whole.indexOf("ready") + "ready".length);
    }
  });

  it.each(["", "\n", "x\n", "-1\n", "0\n"])("is nothing when its first line is %j", (text) => {
    expect(parsePostmasterFile(text)).toBeUndefined();
  });
});

describe("a server found running at a start", () => {
  const ours = ["/opt/bin/postgres", "-D", "/data", "-p", "5432"];

  it.each([
    ["none", false, ours],
    ["none", true, []],
    ["our-server", true, ours],
    ["other-server", true, ["/usr/bin/postgres", "-D", "/elsewhere"]],
    ["reused-pid", true, ["/usr/bin/redis-server", "*:6379"]],
    ["reused-pid", true, ["vim", "/data"]],
  ])("is judged %s (%#)", (expected, isProcessAlive, args) => {
    expect(judgeLeftover(isProcessAlive, args, "/data")).toBe(expected);
  });
});
