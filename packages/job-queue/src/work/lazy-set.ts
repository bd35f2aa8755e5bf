/** A member is added once and removed once. */
export interface SetMember {
  /** Written by the set only. */
  isPresent: boolean;
  /** It is swept out as soon as it is removed: 32 payloads of 1 MB, parsed, are 600 MB. Default: no. */
  readonly isHeavy?: boolean;
}

/**
 * A set whose members are marked when they are removed, and swept out now and then: work comes and goes by ten thousands a
 * second. With a `Set`, each job took a tenth more of the worker's time.
 */
export interface LazySet<Member extends SetMember> {
  readonly size: number;
  add(member: Member): void;
  /** False: it was not in the set. */
  remove(member: Member): boolean;
  /** The members in the order in which they were added. A copy. */
  all(): Member[];
}

const SWEEP_FROM_COUNT = 32;

export function createLazySet<Member extends SetMember>(): LazySet<Member> {
  let members: Member[] = [];
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
      if (member.isHeavy) members = all();
      else if (members.length >= SWEEP_FROM_COUNT && members.length > 2 * size) members = all();
      return true;
    },
    all,
  };
}
