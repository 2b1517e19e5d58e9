import type { Entry } from "./Entry.ts";

const part = "users and directories";

/** For whom the kernel's ids have a name: `user` and `group` in a HEAD template may say these. */
const passwd = `root:x:0:0:root:/:/nonexistent
nobody:x:65534:65534:nobody:/:/nonexistent
`;
const group = `root:x:0:
nogroup:x:65534:
`;

/** The directories that the program and HAProxy write to, whatever user they run as: sticky, as /tmp is. */
export const writableDirectories = [
  "/etc/ssl",
  "/marathon-lb",
  "/run/haproxy",
  "/var/state/haproxy",
] as const;

/** What does not depend on the machine that assembles the root file system. */
export const fixedEntries: readonly Entry[] = [
  { kind: "text", path: "/etc/passwd", text: passwd, mode: 0o644, part },
  { kind: "text", path: "/etc/group", text: group, mode: 0o644, part },
  // The default of --run-dir, and the path in many HEAD templates, is /var/run/haproxy.
  { kind: "link", path: "/var/run", target: "../run", part },
  ...writableDirectories.map((path): Entry => ({ kind: "directory", path, mode: 0o1777, part })),
  // Mount points, so that it can be started with a read-only root by what does not make them.
  ...["/dev", "/proc", "/sys"].map((path): Entry => ({ kind: "directory", path, mode: 0o755, part })),
];
