/** What the file had in maintenance when it was loaded (`SRV_ADMF_CMAINT`), and what is in it by a command or the file. */
const [byFile, now] = [0x04, 0x01];

/**
 * The answer to `show servers state` (management guide) with servers that were enabled since their file was loaded as any
 * others: HAProxy would enable them again where the next file has them in maintenance anew.
 */
export function withoutOldMaintenance(state: string): string {
  const lines = state.split("\n");
  const admin = (lines[1]?.split(" ").slice(1) ?? []).indexOf("srv_admin_state");
  return lines.map((line, index) => {
    if (index < 2 || admin < 0) return line;
    const fields = line.split(" ");
    const flags = Number(fields[admin]);
    return (flags & (byFile | now)) === byFile ? fields.with(admin, String(flags & ~byFile)).join(" ") : line;
  }).join("\n");
}
