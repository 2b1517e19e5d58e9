import type { LogField } from "./logFields.ts";

/** A piece of a log line: text as it is, or a field with its printf modifiers. */
export type LogFormatPart = string | {
  field: LogField;
  /** `s` text, `d` whole number, `f` number with decimals. */
  conversion: "s" | "d" | "f";
  leftAligned: boolean;
  zeroPadded: boolean;
  /** The least number of characters. */
  width: number;
  /** `s`: the greatest number of characters; `f`: decimals. */
  precision: number | undefined;
};

/** How a log line looks: `json`, or the parts of a line of text. */
export type LogFormat = "json" | readonly LogFormatPart[];
