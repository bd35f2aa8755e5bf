import { useSignal } from "@preact/signals";
import type { ErasedPersonBody, PersonDataBody } from "@shoal/bot-service/bodies";
import { printable } from "@shoal/kernel";
import { api } from "../api.ts";
import { formatCount, plural } from "../format.ts";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Section } from "../parts/facts.tsx";
import { TextField } from "../parts/field.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Loaded, Outcome } from "../parts/states.tsx";
import { Json, Text } from "../parts/text.tsx";
import { addressOf, goTo, place } from "../router.ts";
import { useAction } from "../use-action.ts";
import { useResource } from "../use-resource.ts";
import { partOfPath } from "./part-of-path.ts";

type Place = PersonDataBody["kept"][number];

/** Rows of a place that are shown; the API has all. */
const ROWS_SHOWN = 20;
const FATES: Readonly<Record<Place["fate"], readonly [Tone, string]>> = {
  delete: ["bad", "is deleted"],
  anonymise: ["warn", "stays without the id"],
  keep: ["off", "stays"],
};

/** What is kept of one person, and erasing it. */
export function People() {
  const id = partOfPath(place.value.path, "/people");
  return id === null ? <Search /> : <OnePerson key={id} id={id} />;
}

function Search() {
  const typed = useSignal("");
  const show = (event: Event) => {
    event.preventDefault();
    const id = typed.value.trim();
    if (id !== "") goTo(`/people/${encodeURIComponent(id)}`);
  };
  return (
    <>
      <PageHead title="People">What is kept of a person, and erasing it.</PageHead>
      <form onSubmit={show}>
        <TextField
          label="User id"
          hint="As the app knows the person: the id of the account, or of the entry in the lobby."
          value={typed.value}
          maxLength={128}
          onInput={(value) => {
            typed.value = value;
          }}
        />
        <Button isSubmit kind="primary">
          Show what is kept
        </Button>
      </form>
    </>
  );
}

function OnePerson({ id }: { readonly id: string }) {
  const path = `/api/people/${encodeURIComponent(id)}`;
  const found = useResource<PersonDataBody>(path, { limit: ROWS_SHOWN });
  const erase = useAction<PersonDataBody, ErasedPersonBody>({
    act: () => api.delete(path),
    confirm: ({ kept }) => ({
      title: "Erase this person?",
      body: <WhatHappens id={id} kept={kept} />,
      action: "Erase for good",
      isDangerous: true,
    }),
    done: ({ erased }) => (erased.length === 0 ? "Nothing was kept." : `Erased in ${plural(erased.length, "place")}.`),
    after: found.refresh,
  });
  return (
    <>
      <PageHead title="Person" above={<a href={addressOf("/people")}>People</a>}>
        <Text>{id}</Text>
      </PageHead>
      <Outcome of={erase.outcome.value} />
      <Loaded of={found} rows={6}>
        {(person) =>
          person.kept.length === 0 ? (
            <Empty title="Nothing is kept of this person">
              Logs, backups, payloads of jobs and what your app keeps are not known here.
            </Empty>
          ) : (
            <Section
              title="What is kept"
              actions={
                <Button kind="danger" isChange isBusy={erase.isBusy.value} onPress={() => erase.run(person)}>
                  Erase this person
                </Button>
              }
            >
              {person.kept.map((kept) => (
                <KeptPlace key={`${kept.table}.${kept.column}`} kept={kept} />
              ))}
            </Section>
          )
        }
      </Loaded>
    </>
  );
}

function WhatHappens({ id, kept }: { readonly id: string; readonly kept: readonly Place[] }) {
  const count = (fate: Place["fate"]) => kept.reduce((sum, each) => sum + (each.fate === fate ? each.count : 0), 0);
  return (
    <>
      <p>
        Of <Text>{id}</Text>, {plural(count("delete"), "row")} will be deleted and {plural(count("anonymise"), "row")}{" "}
        lose the id. A match and a wait end now, bots of this person stop, and strategies go with their history. This
        cannot be undone.
      </p>
      <p>Logs, backups, payloads of jobs and what your app keeps stay: erase these where they are.</p>
    </>
  );
}

function KeptPlace({ kept: { table, column, why, fate, count, rows } }: { readonly kept: Place }) {
  const [tone, words] = FATES[fate];
  const name = `${table}.${column}`;
  return (
    <details>
      <summary>
        {formatCount(count)} × <Text>{printable(why)}</Text> <Badge tone={tone}>{words}</Badge>
      </summary>
      <p class="hint">
        <code>{name}</code>
        {count > rows.length && `, the first ${rows.length}`}
      </p>
      <Json value={rows} label={`Rows of ${name}`} />
    </details>
  );
}
