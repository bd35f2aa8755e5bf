import type { Chat } from "./chat.ts";

/**
 * Leaves the line with the page. Who talks is missed by the partner after 3 s, and not before: browsers do not say whether a page is
 * closed, loaded again, or kept to be gone back to. Then `resume` goes on.
 */
export function closeWithPage(chat: Chat): void {
  window.addEventListener("pagehide", () => chat.stopWaitingAtOnce());
  window.addEventListener("pageshow", ({ persisted }) => persisted && chat.resume());
}
