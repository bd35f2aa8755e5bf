/** Makes one function of a program and all it imports, as text: `childSpawner` has it evaluated in a child that opens no file. */
export async function bundleChild(entry: string): Promise<string> {
  const built = await Bun.build({ entrypoints: [entry], target: "bun", format: "cjs", throw: true });
  const [output] = built.outputs;
  if (output === undefined) throw new Error(`${entry} cannot be bundled`);
  return await output.text();
}
