import { createSystemRuntime } from "@shoal/kernel";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { type LocalSupabase, startLocalSupabase } from "../../src/index.ts";
import { temporaryDirectory } from "../postgres-harness.ts";

/** A project on a migrated database, shared by the tests of a file. */
export interface ApiProject extends AsyncDisposable {
  readonly project: LocalSupabase;
  readonly database: TestDatabase;
  /** Makes a client of its own, with the anon key unless told otherwise. */
  client(key?: string): SupabaseClient;
  /** Makes a client whose person is signed in. */
  signedIn(): Promise<{ client: SupabaseClient; userId: string; accessToken: string; refreshToken: string }>;
  /** Asks with the anon key, unless `headers` say otherwise. */
  ask(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; json: unknown }>;
}

export async function startApiProject(): Promise<ApiProject> {
  const directory = temporaryDirectory();
  const database = await testDatabase();
  const project = await startLocalSupabase({
    directory: directory.path,
    runtime: createSystemRuntime(),
    databaseUrl: database.url,
  });
  const client = (key = project.anonKey) =>
    createClient(project.url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  return {
    project,
    database,
    client,
    async signedIn() {
      const person = client();
      const { data, error } = await person.auth.signInAnonymously();
      if (error || !data.session) throw error ?? new Error("no session");
      const { access_token: accessToken, refresh_token: refreshToken, user } = data.session;
      return { client: person, userId: user.id, accessToken, refreshToken };
    },
    async ask(path, init = {}) {
      const headers = { apikey: project.anonKey, ...Object.fromEntries(new Headers(init.headers)) };
      const response = await fetch(`${project.url}${path}`, { ...init, headers });
      const text = await response.text();
      return { status: response.status, headers: response.headers, json: text === "" ? undefined : JSON.parse(text) };
    },
    async [Symbol.asyncDispose]() {
      await project.stop();
      await database[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}
