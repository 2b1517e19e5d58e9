/** How HAProxy is started, and what one that runs already must be like to be taken for ours. */
export interface HaproxyCommand {
  /** Path of the executable. */
  path: string;
  /** Path of the master socket, which HAProxy makes, readable by this user only. */
  masterSocket: string;
  configFile: string;
  /** All of HAProxy's environment. */
  env: Readonly<Record<string, string | undefined>>;
}

/** The word that makes the master socket: by it a process is known as a HAProxy of this one's. */
export function masterSocketWord({ masterSocket }: Pick<HaproxyCommand, "masterSocket">): string {
  return `${masterSocket},mode,600`;
}

/** The words after HAProxy's name. */
export function haproxyWords(command: Pick<HaproxyCommand, "masterSocket" | "configFile">): string[] {
  // `-db` keeps HAProxy in the foreground even when the file says `daemon`.
  return ["-W", "-db", "-S", masterSocketWord(command), "-f", command.configFile];
}
