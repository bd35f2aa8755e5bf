import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isVisible } from "./adapters/browser.ts";
import { ApiError, asApiError, logIn, loginReason, resume, role } from "./api.ts";
import { ConfirmDialog } from "./parts/dialog.tsx";
import { lazy } from "./parts/lazy.tsx";
import { Toasts, toast } from "./parts/toasts.tsx";
import { followLinks, goTo, place } from "./router.ts";
import { Shell } from "./shell.tsx";
import { keepStreaming } from "./stream.ts";

/** Whether it is known by now who is logged in. Nothing is shown before, so that nothing flashes. */
const isKnown = signal(false);

const Login = lazy(async () => (await import("./pages/login.tsx")).Login);

const ticketInAddress = () => /^#ticket=([\w-]+)$/.exec(location.hash)?.[1];

/** Enters by the ticket in the address, which is taken out of it at once, or by the login that the browser has. */
async function enter(): Promise<void> {
  const ticket = ticketInAddress();
  if (ticket !== undefined) goTo(place.value.path + location.search, true);
  try {
    // Whoever opens a link again has mostly logged in by it before.
    await (ticket === undefined ? resume() : logIn({ ticket }).catch(resumeInstead));
    if (role.value !== null) loginReason.value = null;
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    loginReason.value = thrown.message;
  }
  isKnown.value = true;
}

async function resumeInstead(refusal: unknown): Promise<void> {
  await resume();
  if (role.value === null) throw refusal;
}

/** A link that is pasted where the console is open already loads nothing: the address differs by its ticket alone. */
function enterByPasted(): void {
  if (ticketInAddress() !== undefined) void enter();
}

/** A fault that no part of the page has caught: said, because something did not happen that was asked for. */
function sayFault({ reason }: PromiseRejectionEvent): void {
  const { message, code } = asApiError(reason);
  toast({ tone: "bad", text: message, code });
}

export function App() {
  useEffect(() => {
    followLinks();
    void enter();
    addEventListener("hashchange", enterByPasted);
    addEventListener("unhandledrejection", sayFault);
    return keepStreaming();
  }, []);
  // Another tab may have logged in meanwhile.
  useEffect(() => {
    if (isVisible.value && role.value === null && isKnown.value) void enter();
  }, [isVisible.value]);
  if (role.value === null && !isKnown.value) return null;
  return (
    <>
      {role.value === null ? <Login /> : <Shell />}
      <ConfirmDialog />
      <Toasts />
    </>
  );
}
