interface Site {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

function serve(answer: (request: Request) => Response | Promise<Response>): Site {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch: answer });
  const port = server.port ?? 0;
  return { port, url: `http://127.0.0.1:${port}`, stop: () => server.stop(true) };
}

/**
 * A stranger's site, whose page uses a browser's login at the console for itself: it reads and writes by script, also from a sandboxed
 * frame, whose origin is `null`, and has a form, which is sent by `document.forms[0].submit()`. `/frame` shows the console in a frame.
 */
export function otherSite(consoleUrl: string, body: object): Site {
  const start = `${consoleUrl}/api/bot/start`;
  // The name of the one field and its value make JSON of what a form sends as plain text.
  const [name, value] = [JSON.stringify({ ...body, name: "x" }).replace(/x"}$/, ""), 'x"}'];
  const attribute = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const form = `<form method="post" enctype="text/plain" action="${start}"><input name="${attribute(name)}" value="${attribute(value)}"></form>`;
  const options = `{ credentials: "include", method: "POST", body: ${JSON.stringify(JSON.stringify(body))} }`;
  const sandboxed = `<script>fetch("${start}", { ...${options}, mode: "no-cors" })</script>`;
  const page = `<!doctype html><title>stranger</title>${form}
    <iframe sandbox="allow-scripts" srcdoc="${attribute(sandboxed)}"></iframe>
    <script>
      const options = ${options};
      const headers = { "x-shoal-console": "1", "content-type": "application/json" };
      const failed = (thrown) => String(thrown);
      window.asked = Promise.all([
        fetch("${consoleUrl}/api/bot/deployments", { credentials: "include" }).then((answer) => answer.text(), failed),
        fetch("${start}", { ...options, mode: "no-cors" }).catch(failed),
        fetch("${start}", { ...options, headers }).catch(failed),
      ]).then(([read]) => read);
    </script>`;
  const frame = `<!doctype html><title>frame</title><iframe src="${consoleUrl}/"></iframe>`;
  return serve(({ url }) => {
    const html = new URL(url).pathname === "/frame" ? frame : page;
    return new Response(html, { headers: { "content-type": "text/html" } });
  });
}

/** A proxy that takes a prefix off each path, as nginx does by `location /ops/ { proxy_pass http://daemon/; }`, and tells what it has passed on. */
export function strippingProxy(
  target: string,
  prefix: string,
  onAnswer: (request: Request, status: number) => void = () => {},
): Site {
  return serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.set("x-forwarded-host", request.headers.get("host") ?? "");
    const { method, body, signal } = request;
    const answer = await fetch(`${target}${pathname.replace(prefix, "")}${search}`, {
      ...{ method, headers, body, signal },
      ...{ redirect: "manual", decompress: false },
    });
    onAnswer(request, answer.status);
    return answer;
  });
}
