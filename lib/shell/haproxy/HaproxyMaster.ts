/** How a HAProxy master ended. Neither a code nor a signal is known of one that is not our child. */
export interface HaproxyExit {
  code: number | null;
  signal: string | null;
}

/** One HAProxy in master-worker mode: the master process, and by its process group all of its workers. */
export interface HaproxyMaster {
  readonly pid: number;
  /** Resolves when the master has ended, no worker is left and all output that reaches us was handled. */
  readonly exited: Promise<HaproxyExit>;
  /**
   * `SIGUSR1` for a graceful stop, `SIGTERM` for one that cuts requests, `SIGUSR2` to load the file again without telling
   * how that went. Nothing happens to one that has ended.
   */
  signal(name: "SIGUSR1" | "SIGUSR2" | "SIGTERM"): void;
  /** Lets processes go on that somebody has stopped (SIGSTOP); nothing happens to those that run. */
  resume(): void;
  /** Ends the master and all workers at once. */
  kill(): void;
  /** The master and its workers, old ones that still drain included. */
  pids(): number[];
}
