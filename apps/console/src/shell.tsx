import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { logOut, role } from "./api.ts";
import { NotFound } from "./pages/not-found.tsx";
import { GROUPS, type Page, pageAt, pages } from "./pages.ts";
import { Badge, Shape } from "./parts/badge.tsx";
import { Button } from "./parts/button.tsx";
import { ErrorBoundary } from "./parts/error-boundary.tsx";
import { Select } from "./parts/field.tsx";
import { Logo } from "./parts/logo.tsx";
import { Text } from "./parts/text.tsx";
import { Since, Time } from "./parts/time.tsx";
import { type Theme, theme, zone } from "./preferences.ts";
import { addressOf, place } from "./router.ts";
import { Shortcuts } from "./shortcuts.tsx";
import { ageMs, verdict } from "./status.ts";
import { connection, snapshot, snapshotAt } from "./stream.ts";
import { STALE_MS } from "./verdict.ts";

/** What stands around each page. */
export function Shell() {
  const isNavOpen = useSignal(false);
  const { path } = place.value;
  const page = pageAt(path);
  useEffect(() => {
    isNavOpen.value = false;
  }, [path, isNavOpen]);
  useSignalEffect(showInTab);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the page
      </button>
      <header class="top">
        <button
          type="button"
          class="button quiet nav-button"
          aria-expanded={isNavOpen.value}
          aria-controls="pages"
          onClick={() => {
            isNavOpen.value = !isNavOpen.value;
          }}
        >
          <span aria-hidden="true">☰</span> Pages
        </button>
        <a class="brand" href={addressOf("/")} aria-label="Shoal, overview">
          <Logo /> <span>Shoal</span>
        </a>
        <State />
        <div class="top-end wide-only">
          <Preferences />
        </div>
      </header>
      <nav id="pages" class="side" aria-label="Pages" data-open={isNavOpen.value}>
        <Navigation current={page} />
        <div class="narrow-only side-end">
          <Preferences />
        </div>
      </nav>
      <main id="main" class="main" tabIndex={-1}>
        <StaleBanner />
        <ErrorBoundary key={page?.path} name="This page">
          {page ? <page.View /> : <NotFound />}
        </ErrorBoundary>
      </main>
      <Shortcuts />
    </div>
  );
}

/** Whether anybody is hurt, which replica says so, and whether it still speaks. */
function State() {
  const { tone, word } = verdict.value;
  const figures = snapshot.value;
  return (
    <div class="top-state">
      <a href={addressOf("/")} class="top-verdict">
        <Badge tone={tone}>{word}</Badge>
      </a>
      <ConnectionMark />
      {role.value === "reader" && <Badge tone="info">Read only</Badge>}
      <span class="top-replica hint wide-only">
        {figures && (
          <>
            Replica <Text>{figures.replica_id.slice(0, 8)}</Text>, version <Text>{figures.version}</Text>
          </>
        )}
      </span>
    </div>
  );
}

function ConnectionMark() {
  const { kind } = connection.value;
  if (kind === "live") {
    return (
      <span class="connection live">
        <Shape tone="good" /> Live
      </span>
    );
  }
  return (
    <span class="connection">
      <Shape tone={kind === "lost" ? "warn" : "off"} /> {kind === "lost" ? "Reconnecting" : "Connecting"}
    </span>
  );
}

/** Says that what is shown is old, for how long, and that it is being tried again. */
function StaleBanner() {
  const at = snapshotAt.value;
  const state = connection.value;
  const isStale = at === null ? state.kind === "lost" : ageMs.value >= STALE_MS && state.kind !== "live";
  const reason = state.kind === "lost" ? state.reason : null;
  return (
    <div class="stale-place" aria-live="polite">
      {isStale && (
        <div class="notice warn">
          <Shape tone="warn" />
          <p>
            {reason === null ? "The daemon does not answer." : <Text>{reason}</Text>}
            {at !== null && (
              <>
                {" "}
                Figures are of <Time at={at} as="clock" />
                <span aria-live="off">
                  , <Since at={at} /> ago
                </span>
                .
              </>
            )}{" "}
            Trying again.
          </p>
        </div>
      )}
    </div>
  );
}

function Navigation({ current }: { readonly current: Pick<Page, "path"> | undefined }) {
  return (
    <>
      {GROUPS.map((group) => (
        <section key={group} aria-label={group}>
          <h2>{group}</h2>
          <ul>
            {pages
              .filter((page) => page.group === group)
              .map(({ path, title }) => (
                <li key={path}>
                  <a href={addressOf(path)} aria-current={current?.path === path ? "page" : undefined}>
                    {title}
                  </a>
                </li>
              ))}
            {group === "People and bots" && (
              <li>
                {/* Another document, which is loaded as one. */}
                <a href={addressOf("/chat")} rel="external">
                  Chat
                </a>
              </li>
            )}
          </ul>
        </section>
      ))}
    </>
  );
}

function Preferences() {
  return (
    <>
      <Select
        label="Time zone"
        isLabelHidden
        value={zone.value}
        choices={ZONES}
        onChoose={(value) => {
          zone.value = value === "utc" ? "utc" : "local";
        }}
      />
      <Select
        label="Theme"
        isLabelHidden
        value={theme.value}
        choices={THEMES}
        onChoose={(value) => {
          theme.value = value as Theme;
        }}
      />
      <Button kind="quiet" onPress={() => logOut()}>
        Log out
      </Button>
    </>
  );
}

const ZONES = [
  ["local", "Local time"],
  ["utc", "UTC"],
] as const;
const THEMES = [
  ["system", "System theme"],
  ["light", "Light"],
  ["dark", "Dark"],
] as const;

/** The icon of the tab has the colour and the shape of the verdict: it is seen when the tab is not. */
function showInTab(): void {
  const { tone } = verdict.value;
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const [colour, path] = ICONS[tone];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="${colour}" d="${path}"/></svg>`;
  if (icon) icon.href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const CIRCLE = "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z";
const ICONS = {
  good: ["#2a9d63", CIRCLE],
  info: ["#3b7ddd", CIRCLE],
  off: ["#8a97a3", CIRCLE],
  warn: ["#d99a00", "M8 1 16 15H0Z"],
  bad: ["#d93025", "M5 0h6l5 5v6l-5 5H5l-5-5V5Z"],
} as const;
