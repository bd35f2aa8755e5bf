import { invariant } from "@shoal/kernel";
import type { Sql, SqlValue } from "@shoal/store";
import { Client } from "pg";

/** A node of a plan, as `explain` tells it. */
export interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly PlanNode[];
}

/** How a statement was carried out, with all that its functions asked for. */
export interface Explained {
  /** Scans of tables. */
  readonly scans: readonly PlanNode[];
  /** Pages of 8 kB; one counts each time it is looked at, also those of catalogs while a statement is planned. */
  readonly pageCount: number;
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/**
 * One session, which prepares its statements and keeps their plans as our own driver does. The server explains itself in notices,
 * which that driver does not hand over. Needs a superuser.
 */
export class ExplainedSession implements Pick<Sql<string>, "query">, AsyncDisposable {
  readonly #client: Client;
  readonly #names = new Map<string, string>();
  #plans: PlanNode[] = [];

  private constructor(client: Client) {
    this.#client = client;
    client.on("notice", ({ message = "" }) => {
      if (message.includes("plan:")) this.#plans.push(JSON.parse(message.slice(message.indexOf("{"))).Plan);
    });
  }

  static async open(url: string): Promise<ExplainedSession> {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("load 'auto_explain'");
    await client.query(`set auto_explain.log_analyze = on; set auto_explain.log_buffers = on; set auto_explain.log_timing = off;
      set auto_explain.log_format = json; set auto_explain.log_nested_statements = on; set auto_explain.log_level = notice;
      set auto_explain.log_min_duration = 0`);
    return new ExplainedSession(client);
  }

  async query<Row>(text: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    this.#plans = [];
    const name = this.#names.get(text) ?? `s${this.#names.size}`;
    this.#names.set(text, name);
    const { rows } = await this.#client.query({ name, text, values: [...params] });
    return rows as Row[];
  }

  /** Carries out a statement, and takes back what it did. */
  async rolledBack(work: () => Promise<unknown>): Promise<Explained> {
    await this.#client.query("begin");
    try {
      await work();
    } finally {
      // In a transaction a statement is over, and explained, when the next one begins.
      await this.#client.query("rollback");
    }
    return this.explained();
  }

  /** How the latest statement was carried out. */
  explained(): Explained {
    const scans = this.#plans
      .flatMap(nodesOf)
      .filter((node) => node["Relation Name"] !== undefined && /Scan/.test(node["Node Type"]));
    // The outermost comes last and includes the others.
    const last = this.#plans.at(-1);
    invariant(last, "a statement was explained");
    return { scans, pageCount: last["Shared Hit Blocks"] + last["Shared Read Blocks"] };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.end();
  }
}
