/** What Marathon takes to let requests in. */
export interface Authorization {
  /** Where the credentials come from, as an operator knows it: named when Marathon refuses them. */
  readonly origin: string;
  /** The value of the header `Authorization`. Rejects with the signal's reason when that is aborted first. */
  header(signal: AbortSignal): Promise<string>;
  /** Tells that Marathon refused this value; where it can be renewed, `header` gives another one next. */
  refused(header: string): void;
  /** Ends a renewal that is under way, and closes connections that are kept open. */
  close(): void;
}
