import type { Runtime } from "@shoal/kernel";
import type { Matchmaker } from "@shoal/matchmaker";
import type { Database } from "@shoal/store";
import { peopleRoutes } from "../http/people.ts";
import type { Part } from "../part.ts";
import { createPeople } from "./people.ts";

export interface PeoplePartOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly matchmaker: Pick<Matchmaker, "closeUser">;
}

/** Shows and erases what is kept of a person, for operators and for the person. */
export function createPeoplePart({ database, runtime, matchmaker }: PeoplePartOptions) {
  const people = createPeople({ database, runtime, closeUser: (id, reason) => matchmaker.closeUser(id, reason) });
  return { name: "people", needsSchema: true, routes: () => peopleRoutes(people) } satisfies Part;
}
