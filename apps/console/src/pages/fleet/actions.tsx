import { role } from "../../api.ts";
import { plural } from "../../format.ts";
import { Button } from "../../parts/button.tsx";
import { Menu } from "../../parts/menu.tsx";
import { Outcome } from "../../parts/states.tsx";
import { type Action, useAction } from "../../use-action.ts";
import { BOT_COMMANDS, type BotCommand, questionOf } from "./commands.ts";
import { command } from "./follow.ts";

interface Given {
  readonly what: BotCommand;
  readonly botIds: readonly string[];
}

export type Commanding = Action<Given>;

/** Gives commands to bots, asks before those that need it, and follows them. */
export function useCommands(after: () => unknown): Commanding {
  return useAction<Given, number>({
    act: ({ what, botIds }) => command(what.title, botIds, what.command, what.payload),
    confirm: ({ what, botIds }) => questionOf(what, botIds.length),
    done: (count, { what }) => `${what.title}: given to ${plural(count, "bot")}.`,
    after,
  });
}

/** A button for each command to bots; `botIds` is asked when one is pressed. */
export function CommandBar({
  commanding,
  botIds,
  isDisabled,
}: {
  readonly commanding: Commanding;
  readonly botIds: () => readonly string[];
  readonly isDisabled?: boolean | undefined;
}) {
  if (role.value !== "operator") return null;
  return (
    <section class="section-actions" aria-label="Give a command">
      {BOT_COMMANDS.map((what) => (
        <Button
          key={what.id}
          isChange
          title={what.effect}
          isBusy={commanding.isBusy.value}
          isDisabled={isDisabled}
          onPress={() => commanding.run({ what, botIds: botIds() })}
        >
          {what.title}
        </Button>
      ))}
      <Outcome of={commanding.outcome.value} />
    </section>
  );
}

/** The same commands behind one button in the row of a bot. */
export function CommandMenu({ commanding, botId }: { readonly commanding: Commanding; readonly botId: string }) {
  const items = BOT_COMMANDS.map((what) => ({
    ...{ title: what.title, isDangerous: what.isDangerous, isChange: true },
    onChoose: () => commanding.run({ what, botIds: [botId] }),
  }));
  return <Menu label={`Commands to ${botId}`} items={items} />;
}
