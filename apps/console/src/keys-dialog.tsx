import { areKeysListed, areKeysOn, turnKeys } from "./keys.ts";
import { pages } from "./pages.ts";
import { Dialog } from "./parts/dialog.tsx";
import { Switch } from "./parts/field.tsx";

const close = () => {
  areKeysListed.value = false;
};

/** The keys that work anywhere, and the switch that turns them off. */
export function KeysDialog() {
  return (
    <Dialog title="Keys" isOpen={areKeysListed.value} onClose={close}>
      <Switch label="Single keys do something" isOn={areKeysOn.value} onSwitch={turnKeys} />
      <dl class="keys">
        <Key keys="?" what="This list" />
        <Key keys="/" what="Search on this page" />
        {pages.map(({ path, key, title }) => key && <Key key={path} keys={`g ${key}`} what={title} />)}
        <Key keys="↑ ↓" what="In a table: the row above, the row below" />
        <Key keys="Escape" what="Close what is open" />
      </dl>
    </Dialog>
  );
}

function Key({ keys, what }: { readonly keys: string; readonly what: string }) {
  return (
    <div>
      <dt>
        {keys.split(" ").map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{what}</dd>
    </div>
  );
}
