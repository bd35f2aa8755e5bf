/** Replaces each reference and id by the number of its first appearance, so that two runs compare by where they repeat. */
export class Sameness {
  readonly #seen = { actual: new Map<unknown, string>(), recorded: new Map<unknown, string>() };

  of(side: "actual" | "recorded", value: unknown, key = ""): unknown {
    const isName = key === "phx_ref" || key === "phx_ref_prev" || (key === "id" && typeof value === "number");
    if (isName) return this.#name(side, value);
    if (key === "commit_timestamp") return typeof value;
    if (key === "ids" && Array.isArray(value)) return value.map((id) => this.#name(side, id)).sort();
    if (Array.isArray(value)) return value.map((item) => this.of(side, item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.of(side, item, name)]));
  }

  #name(side: "actual" | "recorded", value: unknown): string {
    const seen = this.#seen[side];
    const name = seen.get(value) ?? `name ${seen.size + 1}`;
    seen.set(value, name);
    return name;
  }
}
