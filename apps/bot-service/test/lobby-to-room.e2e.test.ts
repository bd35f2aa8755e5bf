import { describe, expect, it } from "vitest";
import { startTestService, until } from "./test-service.ts";

describe("a person in the lobby", () => {
  it("meets a bot, talks, leaves, meets again; then two people meet each other; nothing is left after the drain", async () => {
    const service = await startTestService();
    const ada = await service.person("ada");

    const first = await ada.meet();
    expect(first.partner.bot).toBe(true);
    const greeting = ada.events.next("message");
    await ada.enterRoom(first);
    expect((await greeting).text.toLowerCase()).toContain("bot");
    expect((await greeting).from).toBe(first.partner.id);

    const typing = ada.events.next("typing", (event) => event.typing);
    const answer = await ada.ask("hi, my name is Ada and I like jazz");
    expect((await typing).from).toBe(first.partner.id);
    expect(answer.from).toBe(first.partner.id);
    expect(service.snapshot().bots.talking).toBe(1);

    await ada.leaveRoom();
    await until(() => service.snapshot().bots.talking === 0);
    const second = await ada.meet();
    expect(second.match_id).not.toBe(first.match_id);
    const secondGreeting = ada.events.next("message", ({ from }) => from === second.partner.id);
    await ada.enterRoom(second);
    await secondGreeting;
    await ada.leaveRoom();
    await until(() => service.snapshot().bots.talking === 0);

    const ben = await service.person("ben");
    const [forAda, forBen] = await Promise.all([ada.meet(), ben.meet()]);
    expect(forAda.match_id).toBe(forBen.match_id);
    expect(forAda.partner).toEqual({ id: "ben", name: "ben", bot: false });
    const { match_id, room_id } = forAda;
    for (const person of [ada, ben]) {
      await person.show({ status: "matched", since: new Date().toISOString(), match_id });
      await person.enterRoom({ ...forAda, room_id });
    }
    await until(() => service.snapshot().matches.live === 1);
    expect((await Promise.all([ben.events.next("message"), ada.say("hello Ben")]))[0].text).toBe("hello Ben");
    expect(service.snapshot().matches).toMatchObject({ personPerson: 1, personBot: 2 });
    expect(service.snapshot().joins.refused).toBe(0);
    expect(service.snapshot().errorsByClass).toSatisfy((errors: object) =>
      Object.values(errors).every((count) => count === 0),
    );

    for (const person of [ada, ben]) await person[Symbol.asyncDispose]();
    const { left, clean } = await service.drain();
    expect(left).toEqual({ sockets: 0, slots: 0, leases: 0, timers: 0 });
    expect(clean).toBe(true);
    await service[Symbol.asyncDispose]();
  });
});
