/** Comes once, and goes once. */
export interface Member {
  /** Written by the crowd only. */
  isPresent: boolean;
}

/**
 * Those who are here. They come and go by ten thousands a second, so to go is to be marked: who went is swept out now and
 * then. With a `Set` it took a tenth more of the worker's time for each job.
 */
export interface Crowd<Of extends Member> {
  readonly size: number;
  add(member: Of): void;
  /** False: it was not here. */
  remove(member: Of): boolean;
  /** Those who are here at the moment. A copy. */
  all(): Of[];
}

const SWEEP_FROM = 32;

export function createCrowd<Of extends Member>(): Crowd<Of> {
  let members: Of[] = [];
  let size = 0;
  const all = () => members.filter(({ isPresent }) => isPresent);
  return {
    get size() {
      return size;
    },
    add(member) {
      member.isPresent = true;
      members.push(member);
      size += 1;
    },
    remove(member) {
      if (!member.isPresent) return false;
      member.isPresent = false;
      size -= 1;
      if (members.length >= SWEEP_FROM && members.length > 2 * size) members = all();
      return true;
    },
    all,
  };
}
