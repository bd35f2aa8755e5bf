/** A wall around each child, should one ever get out of the engine. */
export type WallName =
  /** No network but an own, empty loopback. */
  | "network"
  /** No files but those that Bun itself consists of: nothing to read, no other program to start. */
  | "files"
  /** No bytes can be written to a file. */
  | "written-files"
  | "core-files"
  /** At most 64 open files. */
  | "open-files"
  /** A user of its own: what is not for everybody cannot be read, and no other process can be signalled or looked into. */
  | "other-user"
  /** No capabilities, and none to be had by running something. */
  | "privileges"
  /** A bounded number of processes and threads. */
  | "processes"
  /** Whatever it starts ends with it, in a session of its own, too. */
  | "descendants"
  /** It is killed when its parent ends in any way. */
  | "ends-with-parent"
  /** The parent can read its processor time and memory, and ends it when a run takes too much. */
  | "measured";

export type Wall =
  | { readonly name: WallName; readonly holds: true }
  | { readonly name: WallName; readonly holds: false; readonly why: string };

/** Which walls there are. A child without them runs all the same: the engine is the first wall, and does not need them. */
export interface JailReport {
  readonly walls: readonly Wall[];
}
