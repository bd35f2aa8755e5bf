import type { AuthService } from "../auth/auth-service.ts";
import type { Tokens } from "../realtime/tokens.ts";
import type { RestService } from "../rest/rest-service.ts";

/** What the gateway stands before. */
export interface GatewayParts {
  readonly auth: AuthService;
  readonly rest: RestService;
  readonly tokens: Tokens;
}

const PREFLIGHT_AGE_SECONDS = 3600;
/** Far more than a page of people's clients ask at a time, and few enough that all of their bodies fit in memory. */
const MAX_OPEN_REQUESTS = 200;
const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const HEADERS = "authorization, apikey, content-type, x-client-info, x-supabase-api-version, prefer, accept-profile";
const EXPOSED = "content-range, preference-applied, x-supabase-api-version";

/** Answers a request for one of its services; undefined when it is for another one. */
export type Gateway = (request: Request) => Promise<Response> | undefined;

/**
 * Does what Supabase's gateway does: asks for the key of the project, lets browsers of every origin in, and hands the request
 * to the service that its path names.
 */
export function createGateway({ auth, rest, tokens }: GatewayParts): Gateway {
  let openCount = 0;

  const answer = async (request: Request, service: string, path: string): Promise<Response> => {
    const open = service === "auth" ? auth.answerOpen(path) : undefined;
    if (open) return open;
    const key = request.headers.get("apikey") ?? new URL(request.url).searchParams.get("apikey");
    if (!key) return Response.json({ message: "No API key found in request" }, { status: 401 });
    const verdict = await tokens.verify(key);
    if (verdict.kind === "refused") return Response.json({ message: "Invalid API key" }, { status: 401 });
    return service === "auth" ? auth.answer(request, path) : rest.answer(request, path, key);
  };

  const admit = async (request: Request, service: string, path: string): Promise<Response> => {
    if (request.method === "OPTIONS") return preflight(request);
    if (openCount >= MAX_OPEN_REQUESTS) {
      return withCors(Response.json({ message: "Too many requests at a time" }, { status: 503 }));
    }
    openCount += 1;
    try {
      return withCors(await answer(request, service, path));
    } finally {
      openCount -= 1;
    }
  };

  return (request) => {
    const [, service, path] = /^\/(auth|rest)\/v1(\/.*)$/.exec(new URL(request.url).pathname) ?? [];
    return service === undefined || path === undefined ? undefined : admit(request, service, path);
  };
}

function preflight(request: Request): Response {
  const asked = request.headers.get("access-control-request-headers");
  const headers = {
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": asked ?? HEADERS,
    "access-control-max-age": String(PREFLIGHT_AGE_SECONDS),
  };
  return withCors(new Response(null, { status: 204, headers }));
}

function withCors(response: Response): Response {
  response.headers.set("access-control-allow-origin", "*");
  response.headers.set("access-control-expose-headers", EXPOSED);
  return response;
}
