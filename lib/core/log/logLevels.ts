/** The levels of the log, from the least to the most urgent. */
export const logLevels = ["debug", "info", "warning", "error", "critical"] as const;
export type LogLevel = typeof logLevels[number];

/** Whether a line of `level` is written where the log starts at `threshold`. */
export function isLogged(level: LogLevel, threshold: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(threshold);
}
