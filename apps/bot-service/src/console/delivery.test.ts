import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { FleetError, SECOND_MS } from "@shoal/kernel";
import { createSimulatedClock, spawnProgram, until } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { TOKEN } from "../http/http.test-support.ts";
import { bundleDocument, DOCUMENTS } from "./adapters/bundle.ts";
import { codeOf, makeConsole } from "./console.test-support.ts";

/** What the first page may cost a browser, in bytes of JavaScript as they are sent. */
const FIRST_PAGE_BYTES = 45_000;

const made = makeConsole();
const get = (path: string, headers: Record<string, string> = {}) => made.ask(`/console${path}`, { headers });
const page = async () => (await get("/")).text();
/** Addresses of files that a document asks for at once. */
const filesOf = (html: string) =>
  [...html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);

describe("the page", () => {
  it("is at every address of the console, and is asked for anew each time", async () => {
    for (const path of ["", "/", "/jobs", "/jobs/7", "/fleet/some%20bot"]) {
      const answer = await get(path);
      expect([path, answer.status, answer.headers.get("cache-control")]).toEqual([path, 200, "no-cache"]);
      expect(answer.headers.get("content-type")).toBe("text/html;charset=utf-8");
      expect(await answer.text()).toContain('<base href="/console/">');
    }
  });

  it("is painted when its script has set the theme", async () => {
    expect(await page()).toMatch(/<script type="module" blocking="render"[^>]*src=/);
  });

  it("is not sent to who has it, in whichever encoding", async () => {
    const etag = (await get("/")).headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
    for (const known of [etag, `"other", ${etag}`]) {
      const answer = await get("/jobs", { "if-none-match": known, "accept-encoding": "br" });
      expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([304, "", etag]);
      expect(answer.headers.get("content-security-policy")).not.toBeNull();
    }
    expect((await get("/", { "if-none-match": 'W/"other"' })).status).toBe(200);
    const elsewhere = makeConsole({ basePath: "/ops/console" });
    expect((await elsewhere.ask("/ops/console/")).headers.get("etag")).not.toBe(etag);
  });

  it("may run its own files alone, be in no frame, and ask nobody else", async () => {
    const { headers } = await get("/");
    expect(headers.get("content-security-policy")?.split("; ")).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": expect.stringContaining("camera=()"),
    });
    // It would bind every other program of the host to TLS.
    expect(headers.has("strict-transport-security")).toBe(false);
    expect(await page()).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i);
  });
});

describe("its files", () => {
  it("have names by their content, and may be kept for ever", async () => {
    const files = filesOf(await page());
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const answer = await get(file);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(answer.headers.get("content-type")).toMatch(/^text\/(javascript|css)/);
      expect(file).toMatch(/-[\da-z]{8}\.(js|css)$/);
    }
  });

  it.each([
    ["br", (bytes: Buffer) => brotliDecompressSync(bytes)],
    ["gzip", (bytes: Buffer) => gunzipSync(bytes)],
    [null, (bytes: Buffer) => bytes],
  ])("are sent as %s, and vary by what the browser takes", async (encoding, decoded) => {
    for (const path of ["/", ...filesOf(await page())]) {
      const answer = await get(path, { "accept-encoding": encoding ?? "identity" });
      expect([answer.headers.get("content-encoding"), answer.headers.get("vary")]).toEqual([
        encoding,
        "accept-encoding",
      ]);
      const plain = await (await get(path)).text();
      expect(decoded(Buffer.from(await answer.arrayBuffer())).toString()).toBe(plain);
    }
  });

  it.each([
    ["gzip, deflate", "gzip"],
    ["br;q=0, gzip;q=0.5", "gzip"],
    ["BR; q=1", "br"],
    ["brotli, x-gzip", null],
    ["br;q=0.0, gzip; q=0", null],
    ["", null],
  ])("are sent to who takes %j as %s", async (accepted, encoding) => {
    const answer = await get("/", { "accept-encoding": accepted });
    expect(answer.headers.get("content-encoding")).toBe(encoding);
  });

  it("are sent as gzip while Brotli is made, which nobody waits for who takes both", async () => {
    const { ask } = makeConsole();
    const headers = { "accept-encoding": "gzip, deflate, br, zstd" };
    const encodingNow = async () => (await ask("/console/", { headers })).headers.get("content-encoding");
    expect(await encodingNow()).toBe("gzip");
    await until(async () => (await encodingNow()) === "br");
  });

  it.each(["/assets/none.js", "/assets/index.html", "/assets", "/assets/", "/assets/a/b.js", "//", "/a//b"])(
    "are no page where there is none: %s",
    async (path) => {
      const answer = await get(path);
      expect([answer.status, await codeOf(answer)]).toEqual([404, "CONSOLE_UNKNOWN_FILE"]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    },
  );

  it("tell nothing of the machine that they are built on, and carry no map of their source", async () => {
    for (const { name, body } of (await Promise.all(DOCUMENTS.map(bundleDocument))).flat()) {
      const text = Buffer.from(body).toString();
      expect([name, text.match(/sourceMappingURL|jsxDEV|fileName:/)?.[0]]).toEqual([name, undefined]);
      expect([name, text.includes(import.meta.dirname.replace(/\/apps\/.*/, ""))]).toEqual([name, false]);
    }
  });

  it(`of the first page are ${FIRST_PAGE_BYTES} bytes of JavaScript at most, its charts included`, async () => {
    const loaded = new Set<string>();
    const load = async (path: string): Promise<number> => {
      if (loaded.has(path)) return 0;
      loaded.add(path);
      const text = await (await get(path)).text();
      const sent = await (await get(path, { "accept-encoding": "br" })).arrayBuffer();
      // Other pages are loaded when they are opened; the charts of the first one at once.
      const imports = text.matchAll(/(?:import|from)\s*"\.\/([^"]+)"|import\("\.\/(plot-[^"]+)"\)/g);
      const sizes = await Promise.all([...imports].map(([, now, chart]) => load(`/assets/${now ?? chart}`)));
      return sizes.reduce((sum, size) => sum + size, sent.byteLength);
    };
    const [script = ""] = filesOf(await page()).filter((path) => path.endsWith(".js"));
    const bytes = await load(script);
    expect([...loaded].filter((path) => path.includes("/plot-"))).toHaveLength(1);
    expect(bytes).toBeLessThan(FIRST_PAGE_BYTES);
  });
});

describe("the log", () => {
  const ofConsole = (given: Parameters<typeof makeConsole>[0]) => {
    const { part, lines } = makeConsole(given);
    part.announce("http://127.0.0.1:8787");
    return lines;
  };

  it("says where the console is", () => {
    const where = "the console is at http://127.0.0.1:8787/ops/console/";
    expect(ofConsole({ basePath: "/ops/console" })).toEqual([where]);
    expect(ofConsole({ basePath: "/ops/console", httpHost: "::1" })).toEqual([where]);
    expect(ofConsole({ basePath: "/ops/console", httpHost: "0.0.0.0", hosts: ["fleet.example.com"] })).toEqual([where]);
  });

  it("says what is missing where others reach the port and no name is known", () => {
    expect(ofConsole({ httpHost: "0.0.0.0" })).toEqual([
      expect.stringMatching(/not encrypted: put a proxy .* CONSOLE_HOSTS/),
    ]);
  });

  it("says nothing of a console that is off, of which nothing is served", async () => {
    const { part, lines, ask } = makeConsole({ basePath: "off" });
    part.announce("http://127.0.0.1:8787");
    expect([lines, part.openingPath()]).toEqual([[], undefined]);
    for (const path of ["/console/", "/console/api/jobs", "/off/"]) {
      expect([path, await codeOf(await ask(path, { headers: { authorization: `Bearer ${TOKEN}` } }))]).toEqual([
        path,
        "HTTP_UNKNOWN_ROUTE",
      ]);
    }
  });
});

it("answers of the API are kept by nobody", async () => {
  const cookie = await made.cookieOf({ token: "may-look-and-change-nothing" });
  for (const path of ["/api/health", "/api/jobs", "/api/none", "/session", "/login"]) {
    const answer = await made.ask(`/console${path}`, {
      headers: { cookie },
      method: path === "/login" ? "POST" : "GET",
    });
    expect([path, answer.headers.get("cache-control")]).toEqual([path, "no-store"]);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

it("is built where nothing can be written, without a home", async () => {
  const { exited, stdout } = spawnProgram(
    [
      "-e",
      `console.log((await (await import("${import.meta.dirname}/adapters/bundle.ts")).bundleDocument("index.html")).length > 2)`,
    ],
    { env: { TMPDIR: "/nonexistent", HOME: undefined } },
  );
  expect([await new Response(stdout).text(), await exited]).toEqual(["true\n", 0]);
});

describe("a build that fails", () => {
  it("has the code of one, also where the pages are not there", async () => {
    const missing = "none.html" as "index.html";
    await expect(bundleDocument(missing)).rejects.toMatchObject({ code: "CONSOLE_BUILD_FAILED" });
  });

  const failing = () => {
    const clock = createSimulatedClock();
    let builds = 0;
    const console = makeConsole({
      clock,
      async bundle(name) {
        builds += 1;
        if (builds > 1) return bundleDocument(name);
        throw new FleetError("CONSOLE_BUILD_FAILED", "the console cannot be built: main.tsx is not there");
      },
    });
    return { ...console, clock, builds: () => builds };
  };

  it("is told in one line of the log and on the page, and tried again later", async () => {
    const { ask, lines, clock, builds } = failing();
    const answers = await Promise.all([1, 2, 3].map(() => ask("/console/")));
    expect(await Promise.all(answers.map(codeOf))).toEqual(Array(3).fill("CONSOLE_BUILD_FAILED"));
    const headers = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const shown = await ask("/console/", { headers });
    expect([shown.status, shown.headers.get("content-type"), await shown.text()]).toEqual([
      500,
      "text/plain; charset=UTF-8",
      "The console cannot be shown now: the log of the daemon has the reason.\n",
    ]);
    expect([builds(), lines]).toEqual([1, [expect.stringMatching(/^the console cannot be built/)]]);
    await clock.advance(10 * SECOND_MS);
    expect((await ask("/console/")).status).toBe(200);
  });

  it("takes no login and no API away", async () => {
    const { ask, cookieOf } = failing();
    expect((await ask("/console/")).status).toBe(500);
    const cookie = await cookieOf({ token: "may-look-and-change-nothing" });
    expect((await ask("/console/api/jobs", { headers: { cookie } })).status).toBe(200);
  });
});
