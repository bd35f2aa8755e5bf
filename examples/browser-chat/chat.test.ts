import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createChat } from "./chat.ts";
import { FakeSupabase, fakeStorage, ME, matchNumber, PARTNER } from "./fake-supabase.test-support.ts";
import { problemOf, statusText } from "./words.ts";

const MATCH_IS_OVER = { code: "22023", message: "The match cannot be confirmed" };
const WAITING = { status: "waiting", match_id: null, room_id: null, partner: null };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

function makeChat(storage = fakeStorage(), attributes?: object) {
  const server = new FakeSupabase();
  server.answer("match_wait", WAITING);
  const project = { url: "https://abc.supabase.co", key: "public-key" };
  const chat = createChat({ supabase: server.client, project, storage, attributes: { ...attributes } });
  return { server, chat, storage, room: (number = 1) => server.channelOf(`room:room-${number}`) };
}

/** A chat that waits. */
async function waiting() {
  const made = makeChat();
  await made.chat.wait("Ann");
  return made;
}

/** A chat in a conversation with Mika. */
async function talking() {
  const made = await waiting();
  made.server.channelOf(`user:${ME}`).hear("stranger_matched", matchNumber(1));
  await settle();
  made.room().show(ME, PARTNER);
  return made;
}

describe("waiting", () => {
  it("signs in and listens for notices before it waits, and shows the person in the lobby", async () => {
    const { server, chat } = await waiting();
    expect(chat.state).toMatchObject({ phase: "waiting", me: ME, name: "Ann", problem: null });
    const order = ["sign in", `join user:${ME}`, "match_wait"].map((one) => server.did.indexOf(one));
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    expect(server.did).toContain("join global:lobby");
  });

  it("leaves a person who is signed in already who it is", async () => {
    const { server, chat } = makeChat();
    server.signIn(false, PARTNER);
    await chat.wait("Ann");
    expect([chat.state.me, server.did.includes("sign in")]).toEqual([PARTNER, false]);
  });

  it("finds a match whose notice was lost: after 15 s, and at once after the connection was", async () => {
    const { server, chat } = await waiting();
    server.answer("match_wait", WAITING, matchNumber(1));
    const notices = server.channelOf(`user:${ME}`);
    notices.lose();
    expect(chat.state).toMatchObject({ isOnline: false, problem: { code: "CHAT_OFFLINE" } });
    notices.join();
    await settle();
    expect(chat.state).toMatchObject({ phase: "waiting", isOnline: true, problem: null });
    await settle(15_000);
    expect(chat.state).toMatchObject({ phase: "meeting", match: { matchId: "match-1" } });
  });

  it("joins anew what the server has closed", async () => {
    const { server } = await waiting();
    const closed = server.channelOf(`user:${ME}`);
    closed.lose("CLOSED");
    await settle(20_000);
    expect(server.channelOf(`user:${ME}`)).not.toBe(closed);
    expect(server.channelOf(`user:${ME}`).state).toBe("joined");
  });

  it("is back in line when somebody does not confirm the match, and follows a notice of another one", async () => {
    const { server, chat, room } = await waiting();
    server.channelOf(`user:${ME}`).hear("stranger_matched", matchNumber(1));
    await settle();
    server.answer("match_confirm", MATCH_IS_OVER);
    await settle(10_000);
    expect(chat.state).toMatchObject({ phase: "waiting", match: null });
    expect(server.did.at(-1)).toBe("match_wait");
    expect(room().state).toBe("closed");
    server.answer("match_confirm", {});
    server.channelOf(`user:${ME}`).hear("stranger_matched", matchNumber(2));
    await settle();
    expect(chat.state).toMatchObject({ phase: "meeting", match: { matchId: "match-2" } });
    server.channelOf(`user:${ME}`).hear("stranger_matched", matchNumber(3));
    await settle();
    expect(chat.state).toMatchObject({ match: { matchId: "match-3" } });
    expect(room(2).state).toBe("closed");
  });

  it("goes on to somebody else when the partner has confirmed and never comes", async () => {
    const { server, chat } = await waiting();
    server.channelOf(`user:${ME}`).hear("stranger_matched", matchNumber(1));
    await settle(10_000);
    expect(chat.state).toMatchObject({ phase: "over", ended: "partner-gone" });
    expect(server.did.at(-1)).toBe("match_cancel");
  });

  it("is given up, also by a request that outlives the page", async () => {
    const { server, chat } = await waiting();
    const asked = vi.fn(async () => new Response());
    vi.stubGlobal("fetch", asked);
    chat.stopWaitingAtOnce();
    expect(asked.mock.calls).toEqual([
      [
        "https://abc.supabase.co/rest/v1/rpc/match_cancel",
        expect.objectContaining({
          keepalive: true,
          headers: expect.objectContaining({ apikey: "public-key", authorization: `Bearer token of ${ME}` }),
        }),
      ],
    ]);
    await chat.leave();
    expect(chat.state.phase).toBe("idle");
    expect(server.did.at(-1)).toBe("match_cancel");
    const calls = server.callsOf("match_wait");
    await settle(60_000);
    expect(server.callsOf("match_wait")).toBe(calls);
  });

  it("is given up also while it is not known yet that the ticket is there, and not before that is known", async () => {
    const { server, chat } = makeChat();
    server.delaysMs.set("match_wait", 1000);
    void chat.wait("Ann");
    await settle(500);
    expect([chat.state.phase, server.callsOf("match_wait")]).toEqual(["signing-in", 0]);
    void chat.leave();
    await settle(60_000);
    expect(server.did.slice(-2)).toEqual(["match_wait", "match_cancel"]);
    expect(chat.state.phase).toBe("idle");
  });

  it("is tried again while the project is away, and ends with what cannot be mended", async () => {
    const { server, chat } = makeChat();
    server.answer("match_wait", { code: "", message: "TypeError: Failed to fetch", status: 0 }, WAITING);
    const ended = chat.wait("Ann");
    await settle();
    expect(chat.state).toMatchObject({ phase: "signing-in", problem: { code: "CHAT_OFFLINE", isLasting: false } });
    await settle(2000);
    await ended;
    expect(chat.state).toMatchObject({ phase: "waiting", problem: null });
    server.answer("match_wait", { code: "22023", message: "The name must have 1 to 80 characters" });
    await chat.wait("\u0007");
    expect(chat.state).toMatchObject({ phase: "idle", problem: { code: "CHAT_NAME_REFUSED", isLasting: true } });
  });

  it("says that the project's policies are missing where it lets nobody in", async () => {
    const { server, chat } = makeChat();
    server.refusals.set("user", "Unauthorized: You do not have permissions to read from this Channel topic");
    void chat.wait("Ann");
    await settle();
    expect(chat.state).toMatchObject({ phase: "idle", problem: { code: "CHAT_JOIN_REFUSED" } });
  });

  it("signs an anonymous person in anew whom the project does not know any more, once", async () => {
    const { server, chat } = makeChat();
    server.signIn();
    server.answer("match_wait", { code: "PGRST301", message: "JWSError", status: 401 }, WAITING);
    await chat.wait("Ann");
    await settle();
    expect(server.did.filter((one) => one.startsWith("sign"))).toEqual(["sign out", "sign in"]);
    expect(chat.state.phase).toBe("waiting");

    server.answer("match_wait", { code: "PGRST301", message: "JWSError", status: 401 });
    await chat.wait("Ann");
    await settle();
    expect(server.did.filter((one) => one === "sign out")).toHaveLength(2);
    expect(chat.state).toMatchObject({ phase: "idle", problem: { code: "CHAT_SIGNED_OUT" } });
  });
});

describe("a conversation", () => {
  it("begins when the partner is there, after the match is confirmed", async () => {
    const { server, chat } = await talking();
    expect(chat.state).toMatchObject({ phase: "talking", isPartnerHere: true });
    expect(statusText(chat.state)).toBe("You talk with Mika, a bot.");
    expect(server.did.indexOf("match_confirm")).toBeLessThan(server.did.indexOf("join room:room-1"));
  });

  it.each<[how: string, act: (made: Awaited<ReturnType<typeof talking>>) => unknown, ended: string]>([
    ["by the person", ({ chat }) => chat.leave(), "you-left"],
    ["by the partner's leave", ({ room }) => room().hear("leave", { from: PARTNER, reason: "done" }), "partner-left"],
    ["by an absence of 3 s", ({ room }) => room().show(ME), "partner-gone"],
    [
      "by somebody else, which is found out when the room is refused",
      ({ server, room }) => {
        server.answer("match_confirm", MATCH_IS_OVER);
        room().lose("CHANNEL_ERROR", "Unauthorized: You do not have permissions");
      },
      "match-over",
    ],
  ])("ends %s, and the next wait is a new one", async (_how, act, ended) => {
    const made = await talking();
    const { server, chat, room } = made;
    await act(made);
    await settle(3000);
    expect(chat.state).toMatchObject({ phase: "over", ended, isPartnerHere: false });
    expect(room().eventsSent("leave")).toEqual(ended === "you-left" ? [{ from: ME, reason: "done" }] : []);
    expect(room().state).toBe("closed");
    server.channelOf(`user:${ME}`).hear("stranger_matched", matchNumber(1));
    server.answer("match_wait", matchNumber(1), WAITING);
    await chat.wait("Ann");
    // The first answer is the match that is over: its end had not arrived.
    expect(server.did.slice(-3)).toEqual(["match_wait", "match_cancel", "match_wait"]);
    expect(chat.state).toMatchObject({ phase: "waiting", match: null, messages: [] });
  });

  it("goes on when the partner is back within 3 s, or while one's own connection is away", async () => {
    const { chat, room } = await talking();
    room().show(ME);
    expect(statusText(chat.state)).toBe("Mika is away for a moment.");
    await settle(2900);
    room().show(ME, PARTNER);
    await settle(10_000);
    room().show(ME);
    room().lose();
    await settle(10_000);
    expect(chat.state).toMatchObject({ phase: "talking", isOnline: false });
    expect(statusText(chat.state)).toBe("Connecting again …");
    room().join();
    room().show(ME, PARTNER);
    await settle(10_000);
    expect(chat.state).toMatchObject({ phase: "talking", isOnline: true, isPartnerHere: true });
  });

  it("shows of the own messages whether the server has them; what is written while the connection or the partner is away is sent after it", async () => {
    const { chat, room } = await talking();
    chat.say("one");
    expect(chat.state.messages).toMatchObject([{ text: "one", isMine: true, delivery: "sending" }]);
    await settle();
    expect(chat.state.messages).toMatchObject([{ text: "one", delivery: "sent" }]);
    room().lose();
    chat.say("two");
    chat.say("three");
    await settle();
    expect(room().eventsSent("message")).toHaveLength(1);
    room().join();
    room().show(ME);
    chat.say("four");
    await settle();
    expect(room().eventsSent("message")).toHaveLength(1);
    room().show(ME, PARTNER);
    await settle();
    expect(room().eventsSent("message")).toMatchObject(
      ["one", "two", "three", "four"].map((text) => ({ text, from: ME })),
    );
    expect(chat.state.messages.map(({ delivery }) => delivery)).toEqual(["sent", "sent", "sent", "sent"]);
    room().lose();
    chat.say("five");
    await chat.leave();
    expect(chat.state.messages.at(-1)).toMatchObject({ text: "five", delivery: "failed" });
  });

  it("says what was not sent, and sends it again with the same id", async () => {
    const { server, chat, room } = await talking();
    server.sendAnswer = "timed out";
    chat.say("Hi");
    await settle();
    const [failed] = chat.state.messages;
    expect(failed).toMatchObject({ delivery: "failed" });
    expect(server.did.at(-1)).toBe("match_confirm");
    server.sendAnswer = "ok";
    chat.sayAgain(failed?.id ?? "");
    await settle();
    expect(chat.state.messages).toMatchObject([{ id: failed?.id, delivery: "sent" }]);
    expect(
      new Set(
        room()
          .eventsSent("message")
          .map(({ id }) => id),
      ).size,
    ).toBe(1);
  });

  it("shows what the partner says once, and nothing that is no message or of somebody else", async () => {
    const { chat, room } = await talking();
    const said = (payload: unknown) => room().hear("message", payload);
    said({ id: "1", from: PARTNER, text: "<b>Hi</b>", sent_at: "2026-01-01T00:00:00Z" });
    said({ id: "1", from: PARTNER, text: "<b>Hi</b>" });
    for (const wrong of [
      null,
      undefined,
      "text",
      7,
      [],
      {},
      { id: "2", from: PARTNER },
      { from: PARTNER, text: "x" },
    ]) {
      said(wrong);
    }
    said({ id: "3", from: PARTNER, text: { toString: "x" } });
    said({ id: "4", from: "somebody else", text: "x" });
    said({ id: "5", from: PARTNER, text: "y".repeat(3_000_000) });
    expect(chat.state.messages.map(({ id, text }) => [id, text.length])).toEqual([
      ["1", 9],
      ["5", 4000],
    ]);
  });

  it("tells of typing when it begins, again while it lasts, and when it stops", async () => {
    const { chat, room } = await talking();
    const told = () =>
      room()
        .eventsSent("typing")
        .map(({ typing }) => typing);
    for (let key = 0; key < 8; key++) {
      chat.type();
      await settle(500);
    }
    expect(told()).toEqual([true, true]);
    await settle(4000);
    expect(told()).toEqual([true, true, false]);
    chat.type();
    chat.say("Hi");
    await settle(10_000);
    // A message ends it as well.
    expect(told()).toEqual([true, true, false, true]);
  });

  it("shows that the partner types, until it stops, speaks, or was silent for 8 s", async () => {
    const { chat, room } = await talking();
    const typing = (isTyping: unknown) => room().hear("typing", { from: PARTNER, typing: isTyping });
    const shown: boolean[] = [];
    for (const stop of [
      () => typing(false),
      () => room().hear("message", { id: "1", from: PARTNER, text: "Hi" }),
      () => settle(8000),
      () => room().hear("typing", { from: PARTNER, typing: "yes" }),
    ]) {
      typing(true);
      await settle();
      shown.push(chat.state.isPartnerTyping);
      await stop();
      await settle();
      shown.push(chat.state.isPartnerTyping);
    }
    expect(shown).toEqual([true, false, true, false, true, false, true, false]);
  });
});

describe("after a reload", () => {
  it("goes on with the conversation, and with what was said in it", async () => {
    const { chat, server, storage } = await talking();
    chat.say("Hi");
    await settle();
    server.sendAnswer = "timed out";
    chat.say("Did you get this?");
    const again = makeChat(storage);
    again.server.signIn();
    await again.chat.resume();
    await settle();
    expect(again.server.did).not.toContain("match_wait");
    expect(again.chat.state).toMatchObject({ phase: "meeting", name: "Ann", match: { matchId: "match-1" } });
    expect(again.chat.state.messages.map(({ text, delivery }) => [text, delivery])).toEqual([
      ["Hi", "sent"],
      ["Did you get this?", "failed"],
    ]);
    again.room().show(ME, PARTNER);
    expect(again.chat.state.phase).toBe("talking");
  });

  it.each<[what: string, prepare: (server: FakeSupabase) => void, state: object]>([
    ["says that it is over", (server) => server.answer("match_confirm", MATCH_IS_OVER), { ended: "match-over" }],
    ["knows nothing of another person's", (server) => server.signIn(true, PARTNER), { phase: "idle", messages: [] }],
  ])("%s", async (_what, prepare, state) => {
    const { storage } = await talking();
    const again = makeChat(storage);
    again.server.signIn();
    prepare(again.server);
    await again.chat.resume();
    expect(again.chat.state).toMatchObject(state);
  });

  it("waits on where it waited, and does nothing where nothing went on", async () => {
    const { storage, chat } = await waiting();
    const again = makeChat(storage);
    again.server.signIn();
    await again.chat.resume();
    expect(again.chat.state).toMatchObject({ phase: "waiting", name: "Ann" });
    await again.chat.leave();
    await chat.end();
    const third = makeChat(storage);
    await third.chat.resume();
    expect([third.chat.state.phase, third.server.did]).toEqual(["idle", []]);
  });
});

describe("somebody who is not wanted", () => {
  it("is blocked: the conversation ends with a goodbye, and its menu says that it is done", async () => {
    const { server, chat, room } = await talking();
    server.answer("match_block", { blocked_id: PARTNER });
    await chat.block();
    expect(server.given.get("match_block")).toEqual({ match_id: "match-1" });
    expect(room().eventsSent("leave")).toHaveLength(1);
    expect(chat.state).toMatchObject({ phase: "over", ended: "you-blocked", problem: null });
    expect(statusText(chat.state)).toBe("You will not meet Mika again.");
  });

  it("is blocked also where its goodbye comes first, and after the conversation", async () => {
    const { server, chat, room } = await talking();
    server.delaysMs.set("match_block", 1000);
    const blocking = chat.block();
    room().hear("leave", { from: PARTNER });
    await settle(1000);
    await blocking;
    expect(chat.state).toMatchObject({ phase: "over", ended: "you-blocked" });
  });

  it("is reported, with what the person says, and the conversation goes on", async () => {
    const { server, chat } = await talking();
    await chat.report("Insults or threats");
    expect(server.given.get("match_report")).toEqual({ match_id: "match-1", reason: "Insults or threats" });
    expect(chat.state).toMatchObject({ phase: "talking", isReported: true });
  });

  it.each([
    ["match_block", "22023", "CHAT_TOO_LATE"],
    ["match_block", "54000", "CHAT_TOO_MANY_BLOCKS"],
    ["match_report", "PGRST202", "CHAT_NOT_SET_UP"],
    ["match_report", "XX000", "CHAT_FAILED"],
  ])("stays where %s fails with %s, and the person is told %s", async (name, code, told) => {
    const { server, chat } = await talking();
    server.answer(name, { code, message: "fault", status: 500 });
    await (name === "match_block" ? chat.block() : chat.report("x"));
    expect(chat.state).toMatchObject({ phase: "talking", isReported: false, problem: { code: told } });
    expect(chat.state.problem?.text).not.toContain("It is tried again");
  });
});

it("says with each wait what rules of matching compare", async () => {
  const { server, chat } = makeChat(fakeStorage(), { language: "de" });
  await chat.wait("Ann");
  expect(server.given.get("match_wait")).toEqual({ name: "Ann", attributes: { language: "de" } });
});

it.each([
  [{ code: "54000", message: "At most 30 waits" }, "CHAT_TOO_MANY_WAITS", false],
  [{ code: "PGRST202", message: "Could not find the function" }, "CHAT_NOT_SET_UP", true],
  [
    { code: "anonymous_provider_disabled", message: "Anonymous sign-ins are disabled", status: 422 },
    "CHAT_SIGN_IN_OFF",
    true,
  ],
  [
    { code: "over_request_rate_limit", message: "Request rate limit reached", status: 429 },
    "CHAT_SIGN_IN_LIMIT",
    false,
  ],
  [{ message: "Invalid API key", status: 401 }, "CHAT_KEY_REFUSED", true],
  [{ message: "JWT expired", status: 401 }, "CHAT_SIGNED_OUT", true],
  [new TypeError("Failed to fetch"), "CHAT_OFFLINE", false],
  [{ message: "Internal Server Error", status: 500 }, "CHAT_FAILED", false],
  [{ message: "no such thing", status: 404 }, "CHAT_REFUSED", true],
  [null, "CHAT_FAILED", false],
  [{ code: "toString", message: "x" }, "CHAT_FAILED", false],
])("of %j it says %s", (thrown, code, isLasting) => {
  expect(problemOf(thrown)).toMatchObject({ code, isLasting });
});
