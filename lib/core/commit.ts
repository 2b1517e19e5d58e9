declare const MARATHON_LB_COMMIT: string | undefined;

/** The commit this program was built from, which the build puts in; `unknown` where none did, as when the sources run. */
export const commit: string = typeof MARATHON_LB_COMMIT === "string" ? MARATHON_LB_COMMIT : "unknown";
