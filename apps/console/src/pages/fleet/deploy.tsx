import { type Signal, useSignal } from "@preact/signals";
import type { BotKinds, SettingsCheck } from "@shoal/bot-service/bodies";
import { SECOND_MS } from "@shoal/kernel";
import { useEffect } from "preact/hooks";
import { clock } from "../../adapters/browser.ts";
import { type ApiError, api } from "../../api.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Select, TextField } from "../../parts/field.tsx";
import { Failed } from "../../parts/states.tsx";
import { useAttempt } from "../../use-action.ts";
import { useResource } from "../../use-resource.ts";
import { follow } from "./follow.ts";
import { readSettings } from "./settings.ts";

/** How long one types before the daemon is asked whether it takes the settings. */
const TYPING_MS = 0.4 * SECOND_MS;

/** Checks settings while they are typed: what is wrong with them, null if nothing is, undefined while it is not known. */
function useSettingsCheck(kind: string, text: string): string | null | undefined {
  const said = useSignal<string | null | undefined>(undefined);
  useEffect(() => {
    const typed = readSettings(text);
    said.value = typed.kind === "wrong" ? typed.why : undefined;
    if (typed.kind === "wrong" || kind === "") return;
    let isOver = false;
    const timer = clock.after(TYPING_MS, async () => {
      const body = { kind, config: typed.settings };
      const answer = await api.post<SettingsCheck>("/api/bot/settings", body).catch(() => undefined);
      if (!isOver) said.value = answer === undefined ? undefined : (answer.problem?.message ?? null);
    });
    return () => {
      isOver = true;
      timer.cancel();
    };
  }, [kind, text, said]);
  return said.value;
}

function SettingsField({
  kind,
  text,
  error,
}: {
  readonly kind: string;
  readonly text: Signal<string>;
  readonly error?: string | null | undefined;
}) {
  const said = useSettingsCheck(kind, text.value);
  const hint =
    said === null ? "The daemon takes these settings." : "An object in JSON. Checked by the daemon while you type.";
  return (
    <TextField
      label="Settings"
      rows={8}
      value={text.value}
      onInput={(value) => {
        text.value = value;
      }}
      hint={hint}
      error={error ?? said ?? null}
    />
  );
}

/** What a form sends, and how that went. */
function useSending(send: () => Promise<void>, onDone: () => void) {
  const { isBusy, attempt } = useAttempt();
  const error = useSignal<ApiError | null>(null);
  const run = () =>
    attempt(
      async () => {
        error.value = null;
        await send();
        onDone();
      },
      (refusal) => {
        error.value = refusal;
      },
    );
  return { isBusy, error, run };
}

/** The button that Enter presses, too. */
function Submit({
  isBusy,
  isDisabled,
  children,
}: {
  readonly isBusy: boolean;
  readonly isDisabled: boolean;
  readonly children: string;
}) {
  return (
    <button
      type="submit"
      class="button primary"
      aria-busy={isBusy || undefined}
      aria-disabled={isDisabled || undefined}
    >
      {children}
    </button>
  );
}

/** Deploys a bot: id, kind, name, owner and settings. */
export function DeployDialog({ isOpen, onClose }: { readonly isOpen: Signal<boolean>; readonly onClose: () => void }) {
  return (
    <Dialog title="Deploy a bot" isOpen={isOpen.value} onClose={onClose} actions={false}>
      {isOpen.value && <DeployForm onClose={onClose} />}
    </Dialog>
  );
}

function DeployForm({ onClose }: { readonly onClose: () => void }) {
  const kinds = useResource<BotKinds>("/api/bot/kinds");
  const [botId, name, owner, kind, settings] = [
    useSignal(""),
    useSignal(""),
    useSignal(""),
    useSignal(""),
    useSignal("{}"),
  ];
  const all = kinds.value.value?.kinds ?? [];
  const chosen = kind.value === "" ? (all[0]?.kind ?? "") : kind.value;
  const typed = readSettings(settings.value);
  const sending = useSending(async () => {
    const body = {
      ...{ bot_id: botId.value, kind: chosen, config: typed.kind === "settings" ? typed.settings : {} },
      ...(name.value.trim() !== "" && { name: name.value }),
      ...(owner.value.trim() !== "" && { owner_id: owner.value.trim() }),
    };
    const { command_id: commandId } = await api.post<{ command_id: string }>("/api/bot/start", body);
    follow("Deploy", [{ commandId, botId: botId.value, command: "START_BOT" }]);
  }, onClose);
  const of = (field: string) => (sending.error.value?.field === field ? sending.error.value.message : null);
  const isElsewhere =
    sending.error.value && !["bot_id", "name", "owner_id", "config"].includes(sending.error.value.field ?? "");
  const set = (signal: Signal<string>) => (value: string) => {
    signal.value = value;
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (botId.value !== "" && typed.kind === "settings") void sending.run();
      }}
    >
      {kinds.error.value && <Failed error={kinds.error.value} onRetry={kinds.refresh} />}
      {isElsewhere && sending.error.value && <Failed error={sending.error.value} />}
      <TextField
        label="Id"
        value={botId.value}
        onInput={set(botId)}
        maxLength={128}
        error={of("bot_id")}
        hint="One that no person has. The lobby and rooms show it. A bot of this id that is deployed already is started anew with what is given here."
      />
      <Select
        label="Kind"
        value={chosen}
        onChoose={set(kind)}
        choices={all.map((each) => [each.kind, each.kind] as const)}
      />
      <TextField
        label="Name"
        value={name.value}
        onInput={set(name)}
        maxLength={80}
        error={of("name")}
        hint="As people see it. Without one it has a name of its kind."
      />
      <TextField
        label="Owner"
        value={owner.value}
        onInput={set(owner)}
        error={of("owner_id")}
        hint="The id of a user, for a bot that is not the operator's. Only at its first start."
      />
      <SettingsField kind={chosen} text={settings} error={of("config")} />
      <div class="dialog-actions">
        <Button onPress={onClose}>Leave it</Button>
        <Submit isBusy={sending.isBusy.value} isDisabled={botId.value === "" || typed.kind === "wrong"}>
          Deploy
        </Submit>
      </div>
    </form>
  );
}

/** Changes the settings of a deployed bot, which starts anew with them after its conversation. */
export function SettingsDialog({
  bot,
  isOpen,
  onDone,
}: {
  readonly bot: { readonly bot_id: string; readonly kind: string; readonly config: Readonly<Record<string, unknown>> };
  readonly isOpen: Signal<boolean>;
  readonly onDone: () => unknown;
}) {
  const close = () => {
    isOpen.value = false;
  };
  return (
    <Dialog title="Settings" isOpen={isOpen.value} onClose={close} actions={false}>
      {isOpen.value && <SettingsForm bot={bot} onClose={close} onDone={onDone} />}
    </Dialog>
  );
}

function SettingsForm({
  bot,
  onClose,
  onDone,
}: Pick<Parameters<typeof SettingsDialog>[0], "bot" | "onDone"> & { readonly onClose: () => void }) {
  const text = useSignal(JSON.stringify(bot.config, null, 2));
  const typed = readSettings(text.value);
  const sending = useSending(
    async () => {
      const config = typed.kind === "settings" ? typed.settings : bot.config;
      const body = { bot_id: bot.bot_id, command: "UPDATE_CONFIG", payload: { config } };
      const { command_id: commandId } = await api.post<{ command_id: string }>("/api/bot/commands", body);
      follow("Settings", [{ commandId, botId: bot.bot_id, command: "UPDATE_CONFIG" }]);
    },
    () => {
      onClose();
      onDone();
    },
  );
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.kind === "settings") void sending.run();
      }}
    >
      <p>These take the place of all that it has. The bot starts anew with them, after its conversation.</p>
      {sending.error.value && <Failed error={sending.error.value} />}
      <SettingsField kind={bot.kind} text={text} />
      <div class="dialog-actions">
        <Button onPress={onClose}>Leave it</Button>
        <Submit isBusy={sending.isBusy.value} isDisabled={typed.kind === "wrong"}>
          Change settings
        </Submit>
      </div>
    </form>
  );
}
