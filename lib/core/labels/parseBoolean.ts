/** The reference's reading of yes and no: `true`, `t`, `yes`, `y` in any case are true, all else is false. */
export function parseBoolean(text: string): boolean {
  return ["true", "t", "yes", "y"].includes(text.trim().toLowerCase());
}
