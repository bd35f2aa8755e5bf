import { expect, test } from "vitest";
import { boundedBytes } from "./bounded-bytes.ts";

/** A body of these pieces, and how many of them were asked for. */
function bodyOf(...pieces: readonly number[][]) {
  const state = { askedCount: 0, isEnded: false };
  async function* body() {
    try {
      for (const piece of pieces) {
        state.askedCount += 1;
        yield Uint8Array.from(piece);
      }
    } finally {
      state.isEnded = true;
    }
  }
  return { body: body(), state };
}

test("joins the pieces of a body, up to the limit", async () => {
  expect(await boundedBytes(bodyOf([1, 2], [], [3, 4]).body, 4)).toEqual(Uint8Array.of(1, 2, 3, 4));
});

test("gives up a body at the first piece beyond the limit, and ends it", async () => {
  const { body, state } = bodyOf([1, 2], [3, 4], [5]);
  expect(await boundedBytes(body, 3)).toBeUndefined();
  expect(state).toEqual({ askedCount: 2, isEnded: true });
});

test("has no bytes of an answer without a body", async () => {
  expect(await boundedBytes(null, 0)).toEqual(new Uint8Array(0));
});
