/**
 * What a problem did to the traffic: `excluded` took an app or one of its services out of the configuration,
 * `warning` left out less than that (a task, a label nobody reads) or only reports.
 */
export type Severity = "excluded" | "warning";

/**
 * Something about one app that its owner or the operator should know. The pure core returns these instead of
 * throwing or logging, so that one bad app never stops the others.
 */
export interface Problem {
  readonly severity: Severity;
  /** The app's id, or how it is known when it has none. */
  readonly app: string;
  /** Index of the service port, where the problem is about one service. */
  readonly index?: number;
  /** One sentence: app, label, value and what was expected. */
  readonly message: string;
}
