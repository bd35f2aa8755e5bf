import { type ReadonlySignal, signal, useSignal } from "@preact/signals";
import type { CheckedBody, CodeBody, StrategyBody, VersionBody } from "@shoal/bot-service/bodies";
import { type ApiError, api, asApiError } from "../../api.ts";
import { formatCount, formatInstant } from "../../format.ts";
import { Badge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Section } from "../../parts/facts.tsx";
import { Select } from "../../parts/field.tsx";
import { Failed, Loaded, Outcome } from "../../parts/states.tsx";
import { Text } from "../../parts/text.tsx";
import { zone } from "../../preferences.ts";
import { parameter, setParameters } from "../../router.ts";
import { useAction } from "../../use-action.ts";
import { useResource } from "../../use-resource.ts";
import { Editor } from "./editor.tsx";
import type { PartProps } from "./part-props.ts";
import { treacherousLines } from "./source-lines.ts";
import { Diagnostics, type Place, SourceView } from "./source-view.tsx";

/** Code that is being written, by strategy: it stays while one looks at other pages. */
interface Draft {
  readonly text: string;
  readonly language: CodeBody["language"];
  /** The newest version when it was begun. */
  readonly base: number;
}
const drafts = signal<ReadonlyMap<string, Draft>>(new Map());
const keepDraft = (id: string, draft: Draft | null) => {
  const next = new Map(drafts.value);
  if (draft === null) next.delete(id);
  else next.set(id, draft);
  drafts.value = next;
};

/** The code of a version with what is wrong in it; and the way from there to the next version. */
export function StrategyCode(props: PartProps) {
  const { strategy_id: id } = props.strategy;
  const draft = drafts.value.get(id);
  return draft ? <Drafted key={id} {...props} draft={draft} /> : <Deployed {...props} />;
}

interface Check {
  /** What was found last, and in which text. */
  readonly found: ReadonlySignal<{ readonly text: string; readonly body: CheckedBody } | null>;
  readonly error: ReadonlySignal<ApiError | null>;
  readonly isBusy: ReadonlySignal<boolean>;
  /** Returns whether nothing is wrong. */
  run(text: string): Promise<boolean>;
}

function useCheck(language: CodeBody["language"]): Check {
  const found = useSignal<{ readonly text: string; readonly body: CheckedBody } | null>(null);
  const error = useSignal<ApiError | null>(null);
  const isBusy = useSignal(false);
  const run = async (text: string) => {
    isBusy.value = true;
    try {
      const body = await api.post<CheckedBody>("/api/strategies/check", { code: text, language });
      found.value = { text, body };
      error.value = null;
      return body.ok;
    } catch (thrown) {
      error.value = asApiError(thrown);
      return false;
    } finally {
      isBusy.value = false;
    }
  };
  return { found, error, isBusy, run };
}

/** What a check found in a text, for who looks and who listens. */
function Findings({
  of: { found, error },
  text,
  onChoose,
}: {
  readonly of: Check;
  readonly text: string;
  readonly onChoose?: ((place: Place) => void) | undefined;
}) {
  return (
    <div role="status">
      {error.value && <Failed error={error.value} />}
      {found.value?.text === text && <Diagnostics of={found.value.body} onChoose={onChoose} />}
    </div>
  );
}

function Deployed({ strategy }: PartProps) {
  const { strategy_id: id, version: newest } = strategy;
  const versions = useResource<{ readonly versions: readonly VersionBody[] }>(`/api/strategies/${id}/versions`, {
    ...{ limit: 100 },
  });
  const wanted = /^[1-9]\d{0,8}$/.test(parameter("version")) ? Number(parameter("version")) : newest;
  const code = useResource<CodeBody>(`/api/strategies/${id}/code`, { version: wanted });
  const known = versions.value.value?.versions ?? [];
  return (
    <div class="stack">
      <div class="filter-bar wide">
        <Select
          label="Version"
          value={`${wanted}`}
          onChoose={(version) => setParameters({ version: version === `${newest}` ? "" : version })}
          choices={[
            ...(known.some(({ version }) => version === wanted) ? [] : [[`${wanted}`, `${wanted}`] as const]),
            ...known.map((each) => [`${each.version}`, versionTitle(each, newest)] as const),
          ]}
        />
      </div>
      <Loaded of={code} rows={12}>
        {(body) => <Version key={`${body.code_id}`} body={body} strategy={strategy} />}
      </Loaded>
    </div>
  );
}

const versionTitle = ({ version, deployed_at }: VersionBody, newest: number) =>
  `${version}, ${formatInstant(Date.parse(deployed_at), zone.value).slice(0, 16)}${version === newest ? ", runs" : ""}`;

function Version({ body, strategy }: { readonly body: CodeBody; readonly strategy: StrategyBody }) {
  const { source, language } = body;
  const check = useCheck(language);
  return (
    <Section
      title={`Version ${body.version}, ${language}`}
      actions={
        <>
          <Button isChange isBusy={check.isBusy.value} onPress={() => check.run(source)}>
            Check it
          </Button>
          <Button
            isChange
            kind="primary"
            onPress={() => keepDraft(strategy.strategy_id, { text: source, language, base: strategy.version })}
          >
            Edit
          </Button>
        </>
      }
    >
      <Treachery source={source} />
      <Findings of={check} text={source} />
      <SourceView
        source={source}
        diagnostics={check.found.value?.body.diagnostics ?? []}
        label={`Source of version ${body.version}`}
      />
    </Section>
  );
}

function Treachery({ source }: { readonly source: string }) {
  const lines = treacherousLines(source);
  if (lines.length === 0) return null;
  const named = lines.slice(0, 10).join(", ");
  return (
    <p>
      <Badge tone="warn">hidden characters</Badge>{" "}
      {`What hides or turns the reading order round is written out as \\u{…}: ${lines.length === 1 ? "line" : "lines"} ${named}${lines.length > 10 ? " and more" : ""}.`}
    </p>
  );
}

function Drafted({ strategy, refresh, draft }: PartProps & { readonly draft: Draft }) {
  const { strategy_id: id, version } = strategy;
  const { text, language, base } = draft;
  const check = useCheck(language);
  const found = check.found.value?.text === text ? check.found.value.body : undefined;
  const cursor = useSignal<Place | null>(null);
  const deploy = useDeploy(strategy, language, async () => {
    keepDraft(id, null);
    setParameters({ version: "" });
    await refresh();
  });
  // Checked first, so that what is wrong is seen at its lines before anything is asked.
  const press = async () => (await check.run(text)) && deploy.run(text);
  const discard = useDiscard(strategy);
  return (
    <Section
      title={`Draft of version ${version + 1}, ${language}`}
      actions={
        <>
          <Button onPress={() => discard.run(undefined)}>Discard</Button>
          <Button isChange isBusy={check.isBusy.value} onPress={() => check.run(text)}>
            Check
          </Button>
          <Button isChange kind="primary" isBusy={deploy.isBusy.value} onPress={press}>
            {`Deploy as version ${version + 1}`}
          </Button>
        </>
      }
    >
      {base !== version && (
        <p>
          <Badge tone="warn">deployed meanwhile</Badge>{" "}
          {`This draft was begun at version ${base}, and version ${version} runs now: deploying it takes the place of that.`}
        </p>
      )}
      <Treachery source={text} />
      <Findings
        of={check}
        text={text}
        onChoose={(place) => {
          cursor.value = place;
        }}
      />
      <Editor
        text={text}
        label={`Source of version ${version + 1}`}
        diagnostics={found?.diagnostics ?? []}
        cursor={cursor}
        onInput={(next) => keepDraft(id, { ...draft, text: next })}
      />
      <p class="hint">{`${formatCount(new TextEncoder().encode(text).length)} of 262,144 bytes`}</p>
      <Outcome of={deploy.outcome.value} />
    </Section>
  );
}

function useDiscard({ strategy_id: id, version }: StrategyBody) {
  return useAction({
    act: async () => keepDraft(id, null),
    confirm: () => ({
      title: "Throw this draft away?",
      body: <p>What was written here is lost. Version {version} goes on as it is.</p>,
      action: "Throw it away",
      isDangerous: true,
    }),
    done: () => "The draft is gone.",
  });
}

function useDeploy(strategy: StrategyBody, language: CodeBody["language"], after: () => unknown) {
  const { strategy_id: id, version, status } = strategy;
  return useAction({
    act: (text: string) => api.post<StrategyBody>("/api/strategies/deploy", { strategy_id: id, code: text, language }),
    confirm: () => ({
      title: `Deploy version ${version + 1}?`,
      body: (
        <>
          <p>
            {"From its next run on "}
            <Text>{strategy.name}</Text>
            {
              " has this code. State, money, positions and open orders stay as they are. A run that is under way places nothing."
            }
          </p>
          {(status === "paused" || status === "quarantined") && (
            <p>{`It is ${status} now. If that was the daemon's doing, it runs again by its schedule.`}</p>
          )}
          {strategy.venue !== "paper" && <p>{`It trades at ${strategy.venue}, with real money.`}</p>}
        </>
      ),
      action: `Deploy version ${version + 1}`,
      isDangerous: strategy.venue !== "paper",
    }),
    done: (answer) => `Version ${answer.version} is deployed.`,
    after,
  });
}
