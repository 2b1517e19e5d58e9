import type { LogFormat, LogFormatPart } from "./LogFormat.ts";
import { type LogField, logFields } from "./logFields.ts";

const numberFields: ReadonlySet<string> = new Set<LogField>(["created", "levelno", "msecs", "process"]);

/** `%%`, `%(field)` with printf modifiers and a conversion, or any other use of `%`, which is a mistake. */
const directive = /%(?:(%)|\((\w+)\)([-+ #0]*)(\d*)(?:\.(\d+))?([a-zA-Z]))|%.{0,12}/gs;

/**
 * Reads a `--log-format`: `json`, or a format as Python's `logging.Formatter` takes it, for example
 * `%(asctime)-15s %(name)s: %(message)s`.
 *
 * Throws a SyntaxError that quotes the part which is wrong.
 */
export function parseLogFormat(format: string): LogFormat {
  if (format === "json") return "json";
  const parts: LogFormatPart[] = [];
  let end = 0;
  for (const match of format.matchAll(directive)) {
    if (match.index > end) parts.push(format.slice(end, match.index));
    end = match.index + match[0].length;
    parts.push(match[1] ? "%" : readField(match));
  }
  if (end < format.length) parts.push(format.slice(end));
  return parts;
}

function readField(match: RegExpExecArray): LogFormatPart {
  const [text, , field, flags = "", width = "", precision, letter = ""] = match;
  if (field === undefined) {
    throw new SyntaxError(`${JSON.stringify(text)} is no field (a lone % is written %%)`);
  }
  if (!isLogField(field)) {
    throw new SyntaxError(`no field is named ${field} (there are ${Object.keys(logFields).join(", ")})`);
  }
  const conversion = letter === "i" ? "d" : letter;
  if (conversion !== "s" && conversion !== "d" && conversion !== "f") {
    throw new SyntaxError(`${text} ends with ${letter}, where s, d or f is expected`);
  }
  if (conversion !== "s" && !numberFields.has(field)) {
    throw new SyntaxError(`${text} asks for a number, but ${field} is text: write %(${field})s`);
  }
  return {
    field,
    conversion,
    leftAligned: flags.includes("-"),
    zeroPadded: flags.includes("0"),
    width: Math.min(Number(width), 1000),
    precision: precision === undefined
      ? undefined
      : Math.min(Number(precision), conversion === "f" ? 20 : 1e6),
  };
}

function isLogField(name: string): name is LogField {
  return Object.hasOwn(logFields, name);
}
