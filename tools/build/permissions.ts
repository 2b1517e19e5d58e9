/** A permission of Deno that the program uses in every mode. */
export interface Permission {
  /** As in `--allow-<name>`. */
  readonly name: "env" | "net" | "read" | "run" | "sys" | "write";
  /** What it can be limited to; nothing for what only flags, environment and Marathon's answers know. */
  readonly only?: readonly string[];
  readonly reason: string;
}

/** What the program does, as Deno's permissions name it. Enough for direct mode and `--dry`. */
export const permissions: readonly Permission[] = [
  {
    name: "env",
    reason: "flags and templates come from it too, and HAProxy inherits it but for our secrets",
  },
  { name: "net", reason: "Marathon, its leader, Vault, DC/OS and syslog are where flags and redirects say" },
  { name: "read", reason: "templates, certificates, credentials and the configuration are where flags say" },
  { name: "write", reason: "configuration, maps and their archive are written where flags say" },
  { name: "run", only: ["haproxy"], reason: "and the programs of `--command`, or of the init system" },
  {
    name: "sys",
    only: ["hostname", "uid"],
    reason:
      "the host's name is in lines for syslog and callback URLs; Deno compares owners of executable files",
  },
];

/**
 * The words for `deno run` and `deno compile` before the script, for all modes. Deno allows `/proc` and `/dev` only
 * with all permissions, and signals by process id only with permission to run everything. The supervised modes need
 * both: for limits of file descriptors, for HAProxy's processes, and to recognise ours after a restart.
 */
export function permissionFlags(): string[] {
  // For Unix datagram sockets, which /dev/log mostly is.
  return ["--allow-all", "--unstable-net"];
}

/**
 * The words for `deno run` before the script that are enough for direct mode and `--dry`.
 *
 * @param programs to be run besides HAProxy: names on the PATH, or paths
 */
export function directPermissionFlags(programs: readonly string[] = []): string[] {
  const allowed = permissions.map(({ name, only = [] }) => {
    const limits = name === "run" ? [...only, ...programs] : only;
    return `--allow-${name}${limits.length > 0 ? `=${limits.join(",")}` : ""}`;
  });
  // Without it, Deno asks whoever sits at the terminal.
  return ["--no-prompt", ...allowed];
}
