import { describe, expect, it } from "vitest";
import { codeOf, makeConsole } from "./console.test-support.ts";

const policyOf = (answer: Response) => answer.headers.get("content-security-policy") ?? "";

describe("the chat page", () => {
  it("may ask the project as well, which no other page may, and weighs at most 65 kB of script, compressed", async () => {
    const { ask } = makeConsole({ supabaseUrl: "https://abc.supabase.co/" });
    const chat = await ask("/console/chat");
    expect(policyOf(chat)).toContain("connect-src 'self' https://abc.supabase.co wss://abc.supabase.co;");
    expect(policyOf(await ask("/console/chats"))).toContain("connect-src 'self';");

    const scripts = [...(await chat.text()).matchAll(/assets\/[\w-]+\.js/g)].map(([path]) => `/console/${path}`);
    expect(scripts).toHaveLength(1);
    const [script = ""] = scripts;
    expect(await (await ask(script)).text()).not.toMatch(/(?:from|import)\s*"\.\//);
    const sent = await ask(script, { headers: { "accept-encoding": "br" } });
    expect((await sent.arrayBuffer()).byteLength).toBeLessThan(65_000);
  });

  it("is told the project's address and public key, and whether its channels are private, without a login", async () => {
    const { ask } = makeConsole({ supabaseUrl: "http://127.0.0.1:54321", anonKey: "key", channelAccess: "public" });
    const answer = await ask("/console/chat/project.json");
    expect(await answer.json()).toEqual({ url: "http://127.0.0.1:54321", key: "key", is_private: false });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("says what is missing where the daemon has no public key, and may then ask nobody; is found where a browser sees it", async () => {
    const { ask } = makeConsole({ anonKey: null, basePath: "/ops/console" });
    const answer = await ask("/ops/console/chat/project.json");
    expect([answer.status, await codeOf(answer)]).toEqual([404, "CONSOLE_CHAT_OFF"]);
    const page = await ask("/ops/console/chat");
    expect(policyOf(page)).toContain("connect-src 'self';");
    expect(await page.text()).toContain('<base href="/ops/console/">');
  });
});
