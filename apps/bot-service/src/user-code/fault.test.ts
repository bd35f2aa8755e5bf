import { FleetError } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { readFault } from "./fault.ts";

const context = { fleetFile: "/srv/app/fleet.config.ts", home: "/opt/shoal" };
const FLEET = "    at post (/srv/app/fleet.config.ts:2:79)";
const LIBRARY = "    at create (/srv/app/node_modules/openai/index.js:7:1)";
const OURS = "    at send (/opt/shoal/apps/bot-service/src/fleet/room.ts:12:5)";
const PACKAGE = "    at <anonymous> (file:///opt/shoal/packages/store/src/errors.ts:9:1)";
const NATIVE = "    at processTicksAndRejections (native:7:39)";

const withStack = (...frames: string[]) =>
  Object.assign(new Error("mailer is away"), { stack: ["Error: mailer is away", ...frames].join("\n") });

describe("an error that nobody caught", () => {
  it.each<[name: string, thrown: unknown, isOurs: boolean, place: string | undefined]>([
    ["in the fleet file", withStack(FLEET, NATIVE), false, "/srv/app/fleet.config.ts:2"],
    ["in a file beside it", withStack("    at /srv/app/lib/mail.ts:3:1"), false, "/srv/app/lib/mail.ts:3"],
    ["in the fleet file, called by us", withStack(FLEET, OURS), false, "/srv/app/fleet.config.ts:2"],
    ["in what the fleet file called of us", withStack(OURS, FLEET), false, "/srv/app/fleet.config.ts:2"],
    ["in a package of the fleet file", withStack(LIBRARY, NATIVE), false, undefined],
    [
      "in a fleet file inside of the repository",
      withStack("    at a (/opt/shoal/examples/a.ts:1:1)", OURS),
      false,
      "/opt/shoal/examples/a.ts:1",
    ],
    ["without any place, as of a failed fetch", withStack(), false, undefined],
    ["that is no error", "mailer is away", false, undefined],
    ["that is nothing", undefined, false, undefined],
    [
      "that our API reports to its caller",
      Object.assign(new FleetError("JOB_INVALID", "no"), { stack: OURS }),
      false,
      undefined,
    ],
    ["in our code", withStack(OURS, NATIVE), true, undefined],
    ["in a package of ours", withStack(NATIVE, PACKAGE), true, undefined],
  ])("%s", (_, thrown, isOurs, place) => {
    const fault = readFault(thrown, context);
    expect(fault).toMatchObject({ isOurs });
    expect(fault.place).toBe(place);
    expect(readFault(thrown, { ...context, fleetFile: null })).toMatchObject({ isOurs: true });
  });

  it("keeps its message and its stack, bounded", () => {
    const { message, stack } = readFault(withStack(FLEET), context);
    expect([message, stack]).toEqual(["mailer is away", `Error: mailer is away\n${FLEET}`]);
    const large = readFault(
      Object.assign(new Error("x".repeat(1e6)), { stack: `${"y".repeat(100)}\n`.repeat(1e4) }),
      context,
    );
    expect(large.message).toHaveLength(1000);
    expect(large.stack?.length).toBeLessThanOrEqual(4000);
  });
});
