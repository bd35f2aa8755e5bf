import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Clock, SECOND_MS } from "@shoal/kernel";
import type { AskUpgrade, UpgradeAnswer } from "../../upgrade-diagnosis.ts";

export interface DiagnoseUpgradeParts {
  /** The endpoint, e.g. https://project.supabase.co/realtime/v1. */
  readonly url: string;
  /** Shown as the client shows it. Never logged or returned. */
  readonly apiKey: string;
  readonly clock: Clock;
}

/** A refusal takes the server 2 s. @source REALTIME-FRAMES.md, connect-errors */
const LIMIT_MS = 5 * SECOND_MS;
/** A JSON refusal is a line; what a gateway writes for people need not be read to its end. */
const MAX_BODY_BYTES = 4096;
/** The nonce is the RFC's example: nothing is sent on this socket. @source RFC 6455 1.3 */
const HANDSHAKE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** One handshake by plain HTTP, in Bun and in Node, whose refusal can be read. An accepted one is hung up at once. */
export function createUpgradeQuestion({ url, apiKey, clock }: DiagnoseUpgradeParts): AskUpgrade {
  const address = new URL(`${url}/websocket`);
  address.searchParams.set("apikey", apiKey);
  address.searchParams.set("vsn", "2.0.0");
  const request = address.protocol === "https:" ? httpsRequest : httpRequest;

  return (signal) =>
    new Promise((resolve) => {
      const asked = request(address, { headers: HANDSHAKE, agent: false });
      const settle = (answer: UpgradeAnswer | null) => {
        limit.cancel();
        signal.removeEventListener("abort", giveUp);
        resolve(answer);
        asked.destroy();
      };
      const giveUp = () => settle(null);
      const limit = clock.after(LIMIT_MS, giveUp);
      signal.addEventListener("abort", giveUp, { once: true });
      asked.on("upgrade", (_response, socket) => {
        socket.destroy();
        settle({ status: 101, text: "" });
      });
      asked.on("response", (response) => {
        readBody(response).then((body) => settle({ status: response.statusCode ?? 0, text: readReason(body) }), giveUp);
      });
      asked.on("error", giveUp);
      asked.end();
    });
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    body += chunk;
    if (body.length > MAX_BODY_BYTES) break;
  }
  return body;
}

/** `{"error": …}` of the server, `{"message": …}` of the gateway. Pages for people say nothing to us. */
function readReason(body: string): string {
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said !== "object" || said === null) return "";
    const reason = "error" in said ? said.error : "message" in said ? said.message : "";
    return typeof reason === "string" ? reason : "";
  } catch {
    return "";
  }
}
