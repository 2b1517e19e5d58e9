// Parts of old patterns. They matched whole header lines, which HAProxy always wrote as `Name: value`.
const name = "(?<name>[\\w-]+)";
/** Consumes the space behind the colon. */
const gap = "(?: [?*+]?|\\\\s[?*+]?|\\[ \\][?*+]?)";
/** Anything, or nothing. */
const rest = "(?:\\.\\*|\\(\\.\\*\\))?\\$?";
/** Text of a header field; in current lines `%` is doubled. */
const value = "(?<value>[^\\s\\p{Cc}][^\\p{Cc}]*)";
/** The same, which may also refer to groups. */
const format = "(?<format>[^\\s\\p{Cc}][^\\p{Cc}]*)";
const constant = "(?<format>[^\\s\\p{Cc}\\\\][^\\p{Cc}\\\\]*)";

const whole = (pattern: string) => new RegExp(`^${pattern}$`, "u");

const replaceHeader = "http-<direction> replace-header <name> <flags>^<pattern> <format>";

const denyForms = (action: string) => [
  {
    words: [whole(`\\^${name}:${gap}?${rest}`)],
    condition: "refused" as const,
    by: [`http-<direction> ${action} if { <fetch>.fhdr(<name>) -m found }`],
  },
  {
    words: [whole(`\\^${name}:${gap}(?<pattern>.+)`)],
    condition: "refused" as const,
    by: [`http-<direction> ${action} if { <fetch>.fhdr(<name>) -m reg <flags>^<pattern> }`],
  },
];

/**
 * Every directive of HAProxy 1.8 that a version from 2.6 on refuses, as `haproxy -c` of 2.6, 2.8 and 3.2 says, with
 * what does the same. Header field names are compared without regard to case, as HAProxy since 2.0 does not know it.
 */
export const removedDirectives: readonly RemovedDirective[] = [
  {
    keyword: /^(?<direction>req|rsp)add$/,
    forms: [{
      words: [whole(`${name}:[ \\t]*${value}`)],
      by: ["http-<direction> add-header <name> <value>"],
    }],
    advice: "write `http-<direction> add-header Name value`",
  },
  {
    keyword: /^(?<direction>req|rsp)(?<flags>i?)del$/,
    forms: [
      {
        words: [whole(`\\^${name}:${gap}?${rest}`)],
        by: ["http-<direction> del-header <name>"],
      },
      {
        words: [whole(`\\^${name}${rest}`)],
        by: ["http-<direction> del-header <name> -m beg"],
      },
      {
        words: [whole(`\\^\\((?:\\?:)?(?<names>[\\w-]+(?:\\|[\\w-]+)+)\\):${gap}?${rest}`)],
        by: ["http-<direction> del-header (?i)^(<names>)$ -m reg"],
      },
    ],
    advice:
      "write `http-<direction> del-header Name`, and `if { <fetch>.hdr(Name) -m reg value }` where its value counts",
  },
  {
    keyword: /^(?<direction>req|rsp)(?<flags>i?)rep$/,
    forms: [
      // ^Name: pattern      Name: text
      {
        words: [whole(`\\^${name}:${gap}(?<pattern>.*)`), whole(`${name}:[ ]*${format}`)],
        by: [replaceHeader],
      },
      {
        words: [whole(`\\^${name}:(?<pattern>(?:\\.\\*)?\\$?)`), whole(`${name}:[ ]*${constant}`)],
        by: [replaceHeader],
      },
      // ^(Name:) pattern    \1 text
      {
        words: [whole(`\\^\\(${name}:\\)${gap}(?<pattern>.*)`), whole(`\\\\1[ ]*${format}`)],
        groupsCut: 1,
        by: [replaceHeader],
      },
      {
        words: [whole(`\\^\\(${name}:\\)(?<pattern>(?:\\.\\*)?\\$?)`), whole(`\\\\1[ ]*${constant}`)],
        groupsCut: 1,
        by: [replaceHeader],
      },
      // ^(Name): pattern    \1: text
      {
        words: [whole(`\\^\\(${name}\\):${gap}(?<pattern>.*)`), whole(`\\\\1:[ ]*${format}`)],
        groupsCut: 1,
        by: [replaceHeader],
      },
      // ^(Name: )pattern    \1text
      {
        words: [whole(`\\^\\(${name}:${gap}\\)(?<pattern>.*)`), whole(`\\\\1${format}`)],
        groupsCut: 1,
        by: [replaceHeader],
      },
      // ^(Name: pattern)    \1text
      {
        words: [
          whole(`\\^\\(${name}:(?:${gap}(?<pattern>.*)|(?<pattern>\\.\\*))\\)\\$?`),
          whole("\\\\1(?<format>(?:[^\\p{Cc}\\\\]|\\\\[2-9])+)"),
        ],
        by: ["http-<direction> replace-header <name> <flags>^(<pattern>) \\1<format>"],
      },
      // ^([^ :]*) /path(.*)    \1 /other\2    The request line: the colon keeps header fields out of it.
      {
        words: [
          whole(
            "\\^\\(\\[\\^(?: :|: )\\][*+]\\) (?<path>/(?:[\\w/~-]|\\\\[./~-]|(?<=/[^ ]*/)\\?)*)\\(\\.\\*\\)\\$?",
          ),
          whole("\\\\1 (?<format>/[\\w./~-]*\\\\2)"),
        ],
        groupsCut: 1,
        by: ["http-<direction> replace-path <flags>^<path>(.*) <format>"],
      },
    ],
    advice:
      "write `http-<direction> replace-header Name pattern text`, where the pattern sees the value alone, or " +
      "`http-request replace-path pattern text` (`replace-pathq` with the query), where it sees the path alone",
  },
  {
    keyword: /^(?<direction>req|rsp)(?<flags>i?)deny$/,
    forms: denyForms("deny"),
    advice:
      "write `http-<direction> deny if { <fetch>.fhdr(Name) -m reg pattern }`, or `{ path_reg pattern }` for the path",
  },
  {
    keyword: /^(?<direction>req)(?<flags>i?)tarpit$/,
    forms: denyForms("tarpit"),
    advice:
      "write `http-request tarpit if { req.fhdr(Name) -m reg pattern }`, or `{ path_reg pattern }` for the path",
  },
  {
    keyword: /^req(?<flags>i?)(?:allow|pass)$/,
    advice:
      "write `unless { req.fhdr(Name) -m reg pattern }` behind the `http-request deny` or `tarpit` that it made an exception of",
  },
  {
    keyword: /^req(?<flags>i?)setbe$/,
    advice: "write `use_backend name if { req.fhdr(Name) -m reg pattern }`",
  },
  {
    keyword: /^(?:cliexp|srvexp)$/,
    advice: "write `http-request replace-header Name pattern text` (`http-response` for answers)",
  },
  {
    keyword: /^block$/,
    forms: [{ words: [], condition: "required", by: ["http-request deny"] }],
    advice: "write `http-request deny if condition`",
  },
  {
    keyword: /^option forceclose$/,
    forms: [{ words: [], by: ["option httpclose"] }],
    advice: "write `option httpclose`",
  },
  {
    keyword: /^no option forceclose$/,
    forms: [{ words: [], by: ["no option httpclose"] }],
    advice: "write `no option httpclose`",
  },
  {
    keyword: /^no option (?:http-tunnel|http_proxy)$/,
    forms: [{ words: [], by: [] }],
    advice: "remove it",
  },
  { keyword: /^option http-tunnel$/, advice: "remove it: WebSocket and CONNECT become tunnels without it" },
  {
    keyword: /^option http_proxy$/,
    advice:
      "write `http-request do-resolve(txn.ip,resolvers) hdr(Host)` and `http-request set-dst var(txn.ip)`",
  },
  {
    keyword: /^option httpchk$/,
    when: /[\r\n]/,
    forms: [{
      words: [
        /^(?<method>[A-Z]+)$/,
        /^(?<uri>\S+)$/,
        /^(?<version>HTTP\/1\.\d)\r\nHost: *(?<host>[\w.:-]+)(?:\r\n)*$/,
      ],
      condition: "refused",
      by: ["option httpchk <method> <uri> <version>", "http-check send hdr Host <host>"],
    }],
    advice:
      "write `option httpchk GET /path HTTP/1.1`, and header fields as `http-check send hdr Name value`",
  },
  ...[["cli", "client"], ["con", "connect"], ["srv", "server"]].map(([old, side]) => ({
    keyword: new RegExp(`^(?:timeout )?${old}timeout$`),
    forms: [{ raw: /^(?<delay>.+)$/, by: [`timeout ${side} <delay>`] }],
    advice: `write \`timeout ${side} 10s\``,
  })),
  {
    keyword: /^redispatch$/,
    forms: [{ words: [], by: ["option redispatch"] }],
    advice: "write `option redispatch`",
  },
  {
    keyword: /^(?:stats )?bind-process$/,
    forms: [{ raw: /^.*$/, by: [] }],
    advice: "remove it: HAProxy is one process",
  },
  {
    keyword: /^(?<directive>bind|stats socket)$/,
    when: / process /,
    forms: [{
      raw: /^(?<before>.*?) process (?:all|odd|even|\d+(?:-\d+)?)(?<after>(?: .*)?)$/,
      by: ["<directive> <before><after>"],
    }],
    advice: "write `thread 2` for `process 1/2`: HAProxy is one process",
  },
  {
    keyword: /^nbproc$/,
    forms: [{ raw: /^1$/, by: [] }],
    advice: "write `nbthread` with that number: HAProxy is one process",
  },
  {
    keyword: /^appsession$/,
    advice: "write `cookie JSESSIONID prefix nocache`, and `cookie` with a name on each server",
  },
  {
    keyword: /^monitor-net$/,
    advice: "write `http-request return status 200 if { src 192.0.2.0/24 }`",
  },
  { keyword: /^mode health$/, advice: "write `mode http` and `http-request return status 200`" },
  { keyword: /^grace$/, advice: "remove it; `grace` in the global section delays the stop of all frontends" },
  { keyword: /^tune\.chksize$/, advice: "remove it: checks use `tune.bufsize`" },
];

/** A directive that HAProxy accepted in 1.x and refuses since. */
export interface RemovedDirective {
  /** The words it starts with. Its named groups are values for `by`, and for `advice`. */
  readonly keyword: RegExp;
  /** Set if only some of its uses were removed: a pattern for their arguments, joined by spaces. */
  readonly when?: RegExp;
  /** The shapes that have an exact equivalent, first match wins. */
  readonly forms?: readonly Form[];
  /** What to write instead in all other shapes. */
  readonly advice: string;
}

/** One shape of a removed directive, and the current lines that do the same. */
export interface Form {
  /**
   * A pattern for each argument; behind them a condition (`if`, `unless`) may follow. A group that occurs twice must
   * hold the same name. The groups `pattern` (a regular expression) and `format` (which refers to its groups) have to
   * mean the same in the new line. Otherwise the line does not match.
   */
  readonly words?: readonly RegExp[];
  /** Instead of `words`: a pattern for all arguments as they are written, quotes and all. */
  readonly raw?: RegExp;
  /** Capturing groups of the old pattern that the new one lacks. */
  readonly groupsCut?: number;
  /** Whether a condition has to follow, or must not; absent if both are possible. */
  readonly condition?: "required" | "refused";
  /** The new lines; `<group>` stands for a value, a condition is appended. Empty: the line is removed. */
  readonly by: readonly string[];
}
