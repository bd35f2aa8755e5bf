import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createSystemClock, sleep } from "@shoal/kernel";
import type { PromptMessage } from "../../types.ts";
import { standInAnswer } from "../answer.ts";
import { type ModelFault, misbehave, tokensOf } from "./model-faults.ts";

export type { ModelFault } from "./model-faults.ts";

/** A request as the endpoint got it. */
export interface ModelRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly model: string;
  readonly messages: readonly PromptMessage[];
}

export interface ModelServerOptions {
  /** Default: the stand-in's own little grammar. */
  readonly answer?: (messages: readonly PromptMessage[]) => string;
  /** Time to think, and from one token to the next. Default: none. */
  readonly firstTokenMs?: number;
  readonly tokenMs?: number;
}

/** An OpenAI-compatible endpoint on the loopback, which answers by itself, and misbehaves as it is told. */
export interface ModelServer extends AsyncDisposable {
  /** For LLM_BASE_URL. */
  readonly url: string;
  readonly apiKey: string;
  readonly requests: readonly ModelRequest[];
  /** Answers the next requests with these faults, one each. */
  misbehave(...faults: ModelFault[]): void;
  /** Answers every request with this fault; null for honest answers. Those for one request come first. */
  misbehaveAlways(fault: ModelFault | null): void;
  /** Resolves once so many requests have come since the start. */
  received(count: number): Promise<void>;
  /** Resolves once so many answers were ended by the client, before they were whole. */
  hungUp(count: number): Promise<void>;
}

const clock = createSystemClock();

export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const { answer = standInAnswer, firstTokenMs = 0, tokenMs = 0 } = options;
  const apiKey = "stand-in-key";
  const requests: ModelRequest[] = [];
  const ordered: ModelFault[] = [];
  const looks = new Set<() => void>();
  let always: ModelFault | null = null;
  let hungUpCount = 0;
  const look = () => {
    for (const each of looks) each();
  };
  const reached = (count: () => number, wanted: number) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (count() < wanted) return;
        looks.delete(check);
        resolve();
      };
      looks.add(check);
      check();
    });

  const server = createServer(async (incoming, response) => {
    response.on("close", () => {
      if (!response.writableFinished) hungUpCount += 1;
      look();
    });
    response.on("error", () => {});
    let body = "";
    for await (const chunk of incoming.setEncoding("utf8")) body += chunk;
    const request = readRequest(incoming.url ?? "", incoming.headers, body);
    requests.push(request);
    look();
    const fault = ordered.shift() ?? always;
    if (fault !== null) return void (await misbehave(response, fault, request.messages));
    if (request.headers.authorization !== `Bearer ${apiKey}`) return refuse(response, 401, "the key is not known");
    if (request.path !== "/v1/chat/completions") return refuse(response, 404, "there is no such path");
    await speak(response, request, { text: answer(request.messages), firstTokenMs, tokenMs });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    apiKey,
    requests,
    misbehave: (...faults) => void ordered.push(...faults),
    misbehaveAlways: (fault) => {
      always = fault;
    },
    received: (count) => reached(() => requests.length, count),
    hungUp: (count) => reached(() => hungUpCount, count),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function readRequest(path: string, headers: IncomingHttpHeaders, body: string): ModelRequest {
  const { model = "", messages = [] } = JSON.parse(body === "" ? "{}" : body) as Partial<ModelRequest>;
  return { path, headers, body, model, messages };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error: { message } }));
}

interface Speech {
  readonly text: string;
  readonly firstTokenMs: number;
  readonly tokenMs: number;
}

async function speak(
  response: ServerResponse,
  request: ModelRequest,
  { text, firstTokenMs, tokenMs }: Speech,
): Promise<void> {
  const send = (body: object) => response.write(`data: ${JSON.stringify(body)}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  const tokens = tokensOf(text);
  if (firstTokenMs > 0) await sleep(clock, firstTokenMs);
  for (const content of tokens) {
    if (response.destroyed) return;
    send({ choices: [{ index: 0, delta: { content } }] });
    if (tokenMs > 0) await sleep(clock, tokenMs);
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  const promptTokens = Math.ceil(request.messages.reduce((sum, { content }) => sum + content.length, 0) / 4);
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: tokens.length,
    total_tokens: promptTokens + tokens.length,
  };
  send({ choices: [], usage });
  response.end("data: [DONE]\n\n");
}
