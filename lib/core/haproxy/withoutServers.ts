/**
 * The answer to `show servers state` (management guide) without some servers.
 *
 * @param without `backend/server`
 */
export function withoutServers(state: string, without: ReadonlySet<string>): string {
  if (without.size === 0) return state;
  const lines = state.split("\n");
  const names = lines[1]?.split(" ").slice(1) ?? [];
  const [backend, server] = [names.indexOf("be_name"), names.indexOf("srv_name")];
  return lines.filter((line, index) => {
    if (index < 2) return true;
    const fields = line.split(" ");
    return !without.has(`${fields[backend]}/${fields[server]}`);
  }).join("\n");
}
