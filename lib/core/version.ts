/** The version of this program. */
export const version = "1.1.0";

declare const MARATHON_LB_COMMIT: string | undefined;

/** The commit of this build; `unknown` without a build, as when the sources run. */
export const commit: string = typeof MARATHON_LB_COMMIT === "string" ? MARATHON_LB_COMMIT : "unknown";
