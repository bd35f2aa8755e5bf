import { expect, test } from "vitest";
import { conversationBot } from "./conversation-bot.ts";
import { checkSettings, readSettings } from "./deployed-settings.ts";
import { toSettings } from "./options.ts";

const common = toSettings({ maxMessages: 20, idleMs: 30_000 });
const [first, second] = common.personas;

test.each([[{}], [{ persona: second?.id }], [{ max_messages: 1, idle_ms: 1000 }]])("takes %j", (settings) => {
  expect(conversationBot().checkSettings(settings)).toBeNull();
});

test.each([
  ["persona", { persona: "nobody" }],
  ["persona", { persona: 3 }],
  ["max_messages", { max_messages: 0 }],
  ["max_messages", { max_messages: 1.5 }],
  ["idle_ms", { idle_ms: 999 }],
  ["greeting", { greeting: "I am no bot" }],
])("refuses a wrong %s and names it", (field, settings) => {
  expect(checkSettings(settings, common.personas)).toMatch(new RegExp(`^${field}: `));
});

test("names the personas there are", () => {
  expect(checkSettings({ persona: "nobody" }, common.personas)).toContain(first?.id);
});

test("lays a bot's own settings over the daemon's, never beyond them", () => {
  expect(readSettings({}, common)).toEqual(common);
  expect(readSettings({ persona: second?.id, max_messages: 5 }, common)).toMatchObject({
    personas: [second],
    maxMessages: 5,
    idleMs: 30_000,
  });
  expect(readSettings({ max_messages: 1000, idle_ms: 3_600_000 }, common)).toMatchObject({
    maxMessages: 20,
    idleMs: 30_000,
  });
});
