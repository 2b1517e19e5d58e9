/** The version of this program. */
export const version = "1.0.0";
