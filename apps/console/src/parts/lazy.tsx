import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, resume } from "../api.ts";
import { Failed, Loading } from "./states.tsx";

/** A page that is loaded when it is first opened: `lazy(async () => (await import("./pages/jobs.tsx")).Jobs)`. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let loaded: ComponentType | undefined;
  return function Lazy() {
    const [View, setView] = useState<ComponentType | undefined>(() => loaded);
    const [isLost, setLost] = useState(false);
    useEffect(() => {
      if (loaded) return;
      let isOver = false;
      load().then(
        (view) => {
          loaded = view;
          if (!isOver) setView(() => view);
        },
        () => !isOver && setLost(true),
      );
      return () => {
        isOver = true;
      };
    }, []);
    if (View) return <View />;
    return isLost ? <Failed error={LOST} onRetry={reload} /> : <Loading rows={8} label="Loading the page" />;
  };
}

/** Only where the daemon answers: otherwise all that is still shown would be lost to a page of the browser. */
async function reload(): Promise<void> {
  await resume();
  location.reload();
}

/** Scripts carry the hash of their content in their names: those of an earlier version are gone. */
const LOST = new ApiError(0, {
  code: "CONSOLE_PAGE_LOST",
  detail: "The page could not be loaded: the daemon does not answer, or is of another version by now.",
});
