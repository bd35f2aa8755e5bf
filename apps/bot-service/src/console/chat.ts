import type { Context, Hono } from "hono";
import type { HttpEnv } from "../http/auth.ts";
import { type Problem, problem } from "../http/problem.ts";

/** The project that the chat page talks to, as any app of its would: by address and public key. */
export interface ChatProject {
  readonly url: string;
  readonly key: string;
  /** Whether the project's channels are private. */
  readonly is_private: boolean;
}

export interface ChatRoutes {
  /** Null where the daemon was not given the project's public key. */
  readonly project: ChatProject | null;
  /** Sends the page. `reaches`: origins that it may ask, besides its own. */
  readonly sendPage: (context: Context, reaches: readonly string[]) => Promise<Response>;
}

/**
 * `/chat`: a page on which anybody talks with a partner. Needs no login, because it may do what everybody with the public key may do: the
 * project decides.
 */
export function addChat(app: Hono<HttpEnv>, { project, sendPage }: ChatRoutes): void {
  const reaches = project ? originsOf(project.url) : [];
  app.get("/chat", (context) => sendPage(context, reaches));
  app.get("/chat/project.json", (context) => (project ? context.json(project) : problem(context, NO_PROJECT)));
}

const NO_PROJECT: Problem = {
  status: 404,
  code: "CONSOLE_CHAT_OFF",
  title: "Not found",
  detail: "The chat needs the public key of the project: set SUPABASE_ANON_KEY and start the daemon again.",
};

/** Returns the origins of the project's HTTP and of its WebSocket. */
function originsOf(url: string): readonly string[] {
  const { origin } = new URL(url);
  return [origin, origin.replace(/^http/, "ws")];
}
