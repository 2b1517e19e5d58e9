/** A way to the service manager's socket for notifications. */
export interface NotifySender {
  /** How it sends, for the log. */
  readonly how: string;
  /** Sends these assignments (sd_notify(3)) as one notification; rejects when that did not work. */
  send(assignments: readonly string[], signal: AbortSignal): Promise<void>;
  close(): void;
}
