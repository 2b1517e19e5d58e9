/** The variable that stands for a flag: `MARATHON_LB_MAX_BACKOFF` for `max-backoff`. */
export function environmentVariable(flagName: string): string {
  return `MARATHON_LB_${flagName.toUpperCase().replaceAll("-", "_")}`;
}
