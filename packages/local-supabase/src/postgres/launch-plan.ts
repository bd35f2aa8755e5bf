/** As whom a server process runs: Postgres refuses the root user. */
export type LaunchPlan =
  /** As we are. */
  | { readonly kind: "self" }
  /** As another user, in the plain way. */
  | { readonly kind: "user"; readonly user: SystemUser }
  /** As another user who may pass directories that only root may enter (below /root, or a 0700 home). */
  | { readonly kind: "capable-user"; readonly user: SystemUser }
  /** As root outside and as nobody inside a user namespace: needs no capability, but namespaces are often forbidden. */
  | { readonly kind: "user-namespace" };

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const PREFERRED_USERS = ["postgres", "nobody"];

/** The user by whom root lets Postgres run: `postgres`, else `nobody`. `passwd` is the text of /etc/passwd. */
export function serverUser(passwd: string): SystemUser | undefined {
  const users = passwd.split("\n").flatMap((line): SystemUser[] => {
    const [name, , uid, gid] = line.split(":");
    if (!name || !uid || !gid || !(Number(uid) > 0)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
  for (const name of PREFERRED_USERS) {
    const user = users.find((candidate) => candidate.name === name);
    if (user) return user;
  }
  return undefined;
}

/** The ways to try, plainest first. */
export function launchPlans(uid: number, passwd: string): LaunchPlan[] {
  if (uid !== 0) return [{ kind: "self" }];
  const user = serverUser(passwd);
  const switches: LaunchPlan[] = user
    ? [
        { kind: "user", user },
        { kind: "capable-user", user },
      ]
    : [];
  return [...switches, { kind: "user-namespace" }];
}

/** What stands before the command. Postgres looks at its own binary with access(2), which drops capabilities unless the securebit says not to. */
export function launchPrefix(plan: LaunchPlan): string[] {
  switch (plan.kind) {
    case "self":
    case "user":
      return [];
    case "capable-user":
      return [
        "setpriv",
        `--reuid=${plan.user.uid}`,
        `--regid=${plan.user.gid}`,
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=+dac_override",
        "--bounding-set=-all,+dac_override",
        "--securebits=+no_setuid_fixup",
      ];
    case "user-namespace":
      return ["unshare", "--user", "--map-user=65534", "--map-group=65534"];
  }
}

/** Whom the data directory must belong to; undefined: leave it. */
export function dataOwner(plan: LaunchPlan): { uid: number; gid: number } | undefined {
  switch (plan.kind) {
    case "self":
      return undefined;
    case "user":
    case "capable-user":
      return { uid: plan.user.uid, gid: plan.user.gid };
    case "user-namespace":
      return { uid: 0, gid: 0 };
  }
}
