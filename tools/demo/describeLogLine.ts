/**
 * What the demo shows of a line that marathon-lb writes with `--log-format json`: changes it applied, and its warnings
 * and errors, but of HAProxy only the errors, because it warns of whatever comes and goes. Undefined for the rest. A
 * line in another form is shown as it is.
 */
export function describeLogLine(line: string): string | undefined {
  const record = parseRecord(line);
  if (!record) return line || undefined;
  const { level, name, message } = record;
  if (name === "haproxy") return level === "error" ? `HAProxy: ${message}` : undefined;
  if (level === "error" || level === "warning") return `marathon-lb: ${level}: ${message}`;
  return /^(?:Applied|Reloaded) /.test(message) ? `marathon-lb: ${message}` : undefined;
}

function parseRecord(line: string): { level: string; name: string; message: string } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Text that happens to begin with a brace.
  }
}
