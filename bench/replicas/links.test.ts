import { expect, it, onTestFinished } from "vitest";
import { canMakeNamespaces, type Links, openNamespace, openProxies } from "./links.ts";

const WAYS = [
  { name: "a proxy", open: (urls: Links["urls"]) => openProxies(urls, ["postgres", "realtime"]) },
  ...(canMakeNamespaces() ? [{ name: "a network namespace", open: openNamespace }] : []),
];

const PATIENCE_MS = 60_000;

/** Asks from where the daemon would run. */
async function ask({ prefix }: Links, url: string, limitMs = PATIENCE_MS): Promise<string> {
  const program = `await fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(${limitMs}) }).then((answer) => answer.text()).catch(() => "nothing")`;
  const child = Bun.spawn([...prefix, process.execPath, "--print", program], { stdout: "pipe", stderr: "inherit" });
  return (await new Response(child.stdout).text()).trim();
}

it.each(WAYS)("passes nothing through $name while that link is cut, and the other link goes on", async ({ open }) => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("here") });
  onTestFinished(() => server.stop(true));
  const url = `http://127.0.0.1:${server.port}`;
  const links = await open({ postgres: url, realtime: url });
  onTestFinished(() => links[Symbol.asyncDispose]());
  expect(await ask(links, links.urls.postgres)).toBe("here");
  links.cut("postgres");
  expect(await ask(links, links.urls.postgres, 1000)).toBe("nothing");
  expect(await ask(links, links.urls.realtime)).toBe("here");
  await links.mend("postgres");
  expect(await ask(links, links.urls.postgres)).toBe("here");
});
