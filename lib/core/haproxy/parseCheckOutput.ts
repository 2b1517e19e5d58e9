import { type HaproxySeverity, parseHaproxyLine } from "./parseHaproxyLine.ts";

/** One finding of HAProxy in a configuration. `file` and `line` only where HAProxy named them. */
export interface CheckMessage {
  severity: HaproxySeverity;
  file?: string;
  /** Counted from 1. */
  line?: number;
  message: string;
}

/** Lines that say only that something was found, or what is being run. */
const summaries = [
  /^haproxy version is /,
  /^path to executable is /,
  /^Error\(s\) found in configuration file/,
  /^Errors? found in configuration/,
  /^Fatal errors? found in configuration/,
  /^Failed to initialize server\(s\) addr\.$/,
  /^Loading (failure|success)/,
];

const location = /^(?:parsing )?\[(.+?):(\d+)\]\s*:\s*(.*)$/is;

/**
 * What HAProxy wrote to standard error while it read a configuration (`haproxy -c`, a start or a reload), as a list of
 * findings in their order, without summary lines. The continuation lines of a message ("   | …") are joined to it.
 */
export function parseCheckOutput(output: string): CheckMessage[] {
  const found: { severity: HaproxySeverity; text: string }[] = [];
  for (const line of output.split("\n")) {
    const head = parseHaproxyLine(line);
    const last = found.at(-1);
    if (head) found.push({ severity: head.severity, text: head.message.replace(/^config : /, "").trim() });
    else if (last && /^\s+\S/.test(line)) last.text += ` ${line.replace(/^\s*\|?\s*/, "").trimEnd()}`;
  }
  return found
    .filter(({ text }) => !summaries.some((summary) => summary.test(text)))
    .map(({ severity, text }) => {
      const match = location.exec(text);
      if (!match) return { severity, message: text };
      const [, file, line, message = ""] = match;
      return { severity, file, line: Number(line), message };
    });
}
