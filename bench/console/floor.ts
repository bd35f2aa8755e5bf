/** The floor of the streams: a plain server that sends all who ask the same text each second. Says its port by IPC. */
const encoder = new TextEncoder();
const body = encoder.encode(`data: ${"x".repeat(Number(process.argv[2]))}\n\n`);
const listeners = new Set<ReadableStreamDefaultController<Uint8Array>>();
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request, listening) {
    listening.timeout(request, 0);
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => void listeners.add(controller) });
    return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  },
});
setInterval(() => {
  for (const controller of listeners) controller.enqueue(body);
}, 1000);
process.send?.(server.port);
