import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createAdmission } from "./admission.ts";

describe("admission", () => {
  it("gives each channel five presence calls per window of 30 s, which its first call opens", async () => {
    const clock = createSimulatedClock();
    const admission = createAdmission(() => clock.monotonicMs());
    const [channel, other] = [{}, {}];
    const call = () => admission.admitPresenceCall(channel).kind;
    const kinds = [call(), call(), call(), call(), call(), call()];
    expect(kinds).toEqual([...Array(5).fill("admitted"), "refused"]);
    expect(admission.admitPresenceCall(other).kind).toBe("admitted");
    await clock.advance(30_000);
    expect(call()).toBe("refused");
    await clock.advance(1);
    expect(call()).toBe("admitted");
  });

  it("admits everything else", () => {
    const admission = createAdmission(() => 0);
    expect(admission.admitUpgrade().kind).toBe("admitted");
    expect(admission.admitJoin({}, 10_000).kind).toBe("admitted");
    expect(admission.admitEvent({}).kind).toBe("admitted");
  });
});
