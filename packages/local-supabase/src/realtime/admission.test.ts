import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { Admission } from "./admission.ts";
import { type LimitsOption, resolveLimits } from "./limits.ts";

function admissionWith(option: LimitsOption) {
  const clock = createSimulatedClock();
  const project = { limits: resolveLimits(option) };
  const admission = new Admission({ monotonicMs: () => clock.monotonicMs(), limits: () => project.limits });
  return { clock, admission, project };
}

const repeat = <T>(count: number, act: () => T): T[] => Array.from({ length: count }, act);

describe("admission", () => {
  it("gives each channel five presence calls per window of 30 s, which its first call opens", async () => {
    const { clock, admission } = admissionWith("self-hosted");
    const [channel, other] = [{}, {}];
    const call = () => admission.admitPresenceCall(channel).kind;
    expect(repeat(6, call)).toEqual([...Array(5).fill("admitted"), "refused"]);
    expect(admission.admitPresenceCall(other).kind).toBe("admitted");
    await clock.advance(30_000);
    expect(call()).toBe("refused");
    await clock.advance(1);
    expect(call()).toBe("admitted");
  });

  it("counts a socket as a user from its first channel until it is gone, and refuses the others first for that", () => {
    const { admission } = admissionWith({ concurrentSockets: 1, joinsPerSecond: 0 });
    const [first, second] = [{}, {}];
    expect(admission.admitUpgrade()).toEqual({ kind: "refused", status: 429, reason: "Too many joins per second" });
    admission.joined(first);
    expect(admission.admitUpgrade()).toEqual({ kind: "refused", status: 429, reason: "Too many connected users" });
    expect(admission.admitJoin(second, 0)).toEqual({
      kind: "refused",
      reason: "ConnectionRateLimitReached: Too many connected users",
      closesSocket: false,
    });
    expect(admission.admitJoin(first, 0)).toEqual({
      kind: "refused",
      reason: "ClientJoinRateLimitReached: Too many joins per second",
      closesSocket: true,
    });
    admission.forgetSocket(first);
    expect(admission.admitJoin(second, 0)).toMatchObject({ closesSocket: true });
  });

  it("counts a join that is refused for the channels on its socket, and none that is refused for the rate", async () => {
    const { clock, admission } = admissionWith({ joinsPerSecond: 1, channelsPerSocket: 2 });
    const socket = {};
    expect(admission.admitUpgrade().kind).toBe("admitted");
    const full = { kind: "refused", reason: "ChannelRateLimitReached: Too many channels", closesSocket: false };
    expect(repeat(10, () => admission.admitJoin(socket, 2))).toEqual(Array(10).fill(full));
    await clock.advance(5000);
    expect(repeat(100, () => admission.admitJoin(socket, 0).kind)).toEqual(Array(100).fill("refused"));
    await clock.advance(5000);
    expect(admission.admitJoin(socket, 1).kind).toBe("admitted");
  });

  it("counts an event when it is sent and for everybody it reaches, and tells only those it reaches", async () => {
    const { clock, admission } = admissionWith({ eventsPerSecond: 5 });
    for (let sent = 0; sent < 25; sent += 1) {
      admission.countEvent();
      expect(admission.admitDeliveries(1).kind).toBe("admitted");
    }
    await clock.advance(5000);
    expect(admission.admitDeliveries(0).kind).toBe("admitted");
    expect(admission.admitDeliveries(1)).toEqual({ kind: "refused", message: "Too many messages per second" });
    await clock.advance(5000);
    expect(admission.admitDeliveries(1).kind).toBe("admitted");
  });

  it("drops database changes by a count of their own", async () => {
    const { clock, admission } = admissionWith({ eventsPerSecond: 5 });
    expect(admission.admitChange(50)).toBe(true);
    await clock.advance(5000);
    expect(admission.admitChange(1)).toBe(false);
    expect(admission.admitDeliveries(1).kind).toBe("admitted");
    await clock.advance(5000);
    expect(admission.admitChange(1)).toBe(true);
  });

  it("counts presence states, tracks and diffs, and refuses above the limit, not at it", async () => {
    const { clock, admission } = admissionWith({ presenceEventsPerSecond: 5 });
    expect(repeat(20, () => admission.admitPresenceEvent().kind)).toEqual(Array(20).fill("admitted"));
    admission.countPresenceDiffs(30);
    await clock.advance(5000);
    expect(admission.admitPresenceEvent().kind).toBe("admitted");
    admission.countPresenceDiffs(100);
    await clock.advance(5000);
    expect(admission.admitPresenceEvent()).toEqual({
      kind: "refused",
      message: "Too many presence messages per second",
    });
  });

  it.each([
    // [events counted before, messages, answer to a batch, answer to one on its own]; the average is a tenth of them
    [40, 1, undefined, undefined],
    [40, 2, "Too many messages to broadcast, please reduce the batch size", undefined],
    [50, 1, "Too many messages to broadcast, please reduce the batch size", "You have exceeded your rate limit"],
    [51, 1, "You have exceeded your rate limit", "You have exceeded your rate limit"],
    [0, 6, "Too many messages to broadcast, please reduce the batch size", undefined],
  ])("with %d events behind it answers a request of %d messages", async (events, messages, batch, single) => {
    const { clock, admission } = admissionWith({ eventsPerSecond: 5 });
    admission.admitDeliveries(events);
    expect(admission.admitSingle().kind).toBe("admitted");
    await clock.advance(5000);
    const answer = (message: string | undefined) => (message ? { kind: "refused", message } : { kind: "admitted" });
    expect(admission.admitBatch(messages)).toEqual(answer(batch));
    expect(admission.admitSingle()).toEqual(answer(single));
  });

  it("averages requests over 60 ticks of a second", async () => {
    const { clock, admission } = admissionWith({ eventsPerSecond: 5 });
    expect(repeat(12, () => admission.countRequest())).toEqual(Array(12).fill({ averagePerSecond: 0, limit: 5 }));
    await clock.advance(1000);
    expect(admission.countRequest().averagePerSecond).toBe(6);
    await clock.advance(1000);
    expect(admission.countRequest().averagePerSecond).toBe(4);
    await clock.advance(58_000);
    expect(admission.countRequest().averagePerSecond).toBe(0);
  });

  it("keeps what it counted when the limits change", async () => {
    const { clock, admission, project } = admissionWith("unlimited");
    repeat(10, () => admission.admitJoin({}, 0));
    await clock.advance(12_000);
    admission.settle();
    project.limits = resolveLimits({ joinsPerSecond: 0 });
    expect(admission.admitUpgrade().kind).toBe("admitted");
    await clock.advance(3000);
    expect(admission.admitUpgrade().kind).toBe("refused");
  });
});
