/** A way to a syslog server, open. */
export interface SyslogConnection {
  /** Aborted, with an Error that says why, when the server is gone. */
  readonly gone: AbortSignal;
  /** Resolves when the next message may follow; rejects when the server does not take this one, or `signal` ends it. */
  send(message: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Resolves when all that was sent has left this process; nothing may be sent after it. */
  flush(): Promise<void>;
  /** Lets go of it at once. */
  destroy(): void;
}
