import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testServers } from "@shoal/testkit";
import { onTestFinished } from "vitest";

/** One tab of a browser that ends with its test. */
export interface Tab {
  /** Opens a page, with colours and a width of the window. Returns the addresses that it asked for, and its errors. */
  open(
    url: string,
    appearance: Appearance,
  ): Promise<{ readonly asked: readonly string[]; readonly errors: readonly string[] }>;
  /** Evaluates an expression on the page; its value must be JSON. */
  evaluate(expression: string): Promise<unknown>;
  screenshot(): Promise<Uint8Array>;
}

export interface Appearance {
  readonly colors: "light" | "dark";
  readonly widthPixels: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** The arguments do not depend on the machine: no sandbox, because CI is root; no shared memory, which containers have little of. */
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--remote-debugging-port=0",
];

/** Starts Chromium for the present test and speaks the DevTools protocol with it. @source https://chromedevtools.github.io/devtools-protocol/ */
export async function openTab(): Promise<Tab> {
  const profile = mkdtempSync(join(tmpdir(), "shoal-chromium-"));
  // The kernel ends the browser with the thread that started it, also when that is killed.
  const child = Bun.spawn(
    ["setpriv", "--pdeathsig", "KILL", testServers().chromium ?? "", ...ARGUMENTS, `--user-data-dir=${profile}`],
    { env: { PATH: process.env["PATH"], HOME: profile }, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  );
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await child.exited;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  });
  const socket = await connect(await addressIn(child.stderr));
  const { targetId } = await socket.call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await socket.call("Target.attachToTarget", { targetId, flatten: true });
  const call = (method: string, parameters: Fields = {}) => socket.call(method, parameters, String(sessionId));
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await call(`${domain}.enable`);
  return {
    async open(url, { colors, widthPixels }) {
      await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: colors }] });
      const size = { width: widthPixels, height: 900, deviceScaleFactor: 1, mobile: false };
      await call("Emulation.setDeviceMetricsOverride", size);
      socket.forget();
      const loaded = socket.next("Page.loadEventFired");
      await call("Page.navigate", { url });
      await loaded;
      const seen = (method: string) => socket.seen(method).map((parameters) => JSON.stringify(parameters));
      const asked = socket.seen("Network.requestWillBeSent").map(({ request }) => String((request as Fields)["url"]));
      return { asked, errors: [...seen("Runtime.exceptionThrown"), ...seen("Log.entryAdded")] };
    },
    async evaluate(expression) {
      const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, returnByValue: true });
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
      return (result as Fields)["value"];
    },
    async screenshot() {
      const { data } = await call("Page.captureScreenshot", { format: "png" });
      return Buffer.from(String(data), "base64");
    },
  };
}

async function addressIn(stderr: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const found = Promise.withResolvers<string>();
  // Goes on to read, so that the browser never waits for its output to be taken.
  void (async () => {
    for await (const chunk of stderr) {
      text += Buffer.from(chunk).toString();
      const [, url] = /^DevTools listening on (ws:\S+)$/m.exec(text) ?? [];
      if (url !== undefined) found.resolve(url);
    }
    found.reject(new Error(`Chromium ended before it listened: ${text}`));
  })();
  return found.promise;
}

async function connect(url: string) {
  const socket = new WebSocket(url);
  const answers = new Map<number, PromiseWithResolvers<Fields>>();
  const waiting = new Map<string, () => void>();
  let events: { method: string; params: Fields }[] = [];
  let lastId = 0;
  socket.onmessage = ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(String(data));
    if (id === undefined) {
      events.push({ method, params });
      waiting.get(method)?.();
    } else if (error) answers.get(id)?.reject(new Error(JSON.stringify(error)));
    else answers.get(id)?.resolve(result);
  };
  socket.onclose = () => {
    for (const answer of answers.values()) answer.reject(new Error("Chromium closed its socket"));
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return {
    call(method: string, params: Fields, sessionId?: string): Promise<Fields> {
      lastId += 1;
      const answer = Promise.withResolvers<Fields>();
      answers.set(lastId, answer);
      socket.send(JSON.stringify({ id: lastId, method, params, sessionId }));
      return answer.promise;
    },
    next: (method: string) => new Promise<void>((resolve) => waiting.set(method, resolve)),
    seen: (method: string) => events.filter((event) => event.method === method).map(({ params }) => params),
    forget() {
      events = [];
    },
  };
}
