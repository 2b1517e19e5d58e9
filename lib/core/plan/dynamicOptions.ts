/**
 * The options of a `server` line that a server added at run time may have and that mean the same there, with the number of
 * words behind each (management guide, "add server").
 */
export const dynamicOptions: ReadonlyMap<string, number> = new Map([
  ["addr", 1],
  ["alpn", 1],
  ["backup", 0],
  ["ca-file", 1],
  ["check", 0],
  ["check-alpn", 1],
  ["check-proto", 1],
  ["check-send-proxy", 0],
  ["check-sni", 1],
  ["check-ssl", 0],
  ["crt", 1],
  ["downinter", 1],
  ["error-limit", 1],
  ["fall", 1],
  ["fastinter", 1],
  ["id", 1],
  ["inter", 1],
  ["maxconn", 1],
  ["maxqueue", 1],
  ["minconn", 1],
  ["observe", 1],
  ["on-error", 1],
  ["on-marked-down", 1],
  ["on-marked-up", 1],
  ["pool-low-conn", 1],
  ["pool-max-conn", 1],
  ["pool-purge-delay", 1],
  ["port", 1],
  ["proto", 1],
  ["rise", 1],
  ["send-proxy", 0],
  ["send-proxy-v2", 0],
  ["sni", 1],
  ["ssl", 0],
  ["verify", 1],
  ["verifyhost", 1],
  ["weight", 1],
]);

/** The first option that a server added at run time cannot have; undefined when there is none. */
export function findStaticOption(options: readonly string[]): string | undefined {
  for (let index = 0; index < options.length; index++) {
    const name = options[index]!;
    const words = dynamicOptions.get(name);
    if (words === undefined) return name;
    index += words;
  }
  return undefined;
}
