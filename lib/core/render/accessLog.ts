import type { Service } from "../model/service.ts";

/** How HAProxy logs each request, with `--access-log`. */
export interface AccessLog {
  readonly format: "json" | "text";
  /** As HAProxy's `log` takes it: `stdout`, `ADDRESS:PORT`, or the path of a datagram socket. */
  readonly target: string;
}

/** A member of a line, and what HAProxy writes for it (configuration manual, section 8.2.6). */
type Field = readonly [name: string, value: string, kind: "text" | "number"];

/**
 * A variable as text in quotes. The converter escapes the text of a client, and removes what is no UTF-8. HAProxy writes `-` for
 * a variable that is not set.
 */
const own = (variable: string) => `%[var(txn.mlb_${variable}),json(utf8s)]`;

const httpFields: readonly Field[] = [
  ["type", "request", "text"],
  ["time", "%Ts.%ms", "number"],
  ["app", own("app"), "text"],
  ["vhost", own("vhost"), "text"],
  ["method", own("method"), "text"],
  ["uri", own("uri"), "text"],
  ["status", "%ST", "number"],
  ["bytes", "%B", "number"],
  ["client", "%ci", "text"],
  ["clientPort", "%cp", "number"],
  ["frontend", "%f", "text"],
  ["backend", "%b", "text"],
  ["server", "%s", "text"],
  ["tls", "%sslv", "text"],
  ["termination", "%ts", "text"],
  ["requestMs", "%TR", "number"],
  ["queueMs", "%Tw", "number"],
  ["connectMs", "%Tc", "number"],
  ["responseMs", "%Tr", "number"],
  ["totalMs", "%Ta", "number"],
];

const inTcp = new Set([
  ...["time", "app", "bytes", "client", "clientPort", "frontend", "backend", "server", "termination"],
  ...["queueMs", "connectMs"],
]);
const tcpFields: readonly Field[] = [
  ["type", "connection", "text"],
  ...httpFields.filter(([name]) => inTcp.has(name)),
  ["totalMs", "%Tt", "number"],
];

const formats: Readonly<Record<AccessLog["format"], (fields: readonly Field[]) => string>> = {
  json: (fields) =>
    `{${
      fields.map(([name, value, kind]) => `"${name}":${kind === "text" ? `"${value}"` : value}`).join(",")
    }}`,
  text: (fields) =>
    fields.map(([name, value, kind]) => `${name}=${kind === "text" ? `"${value}"` : value}`).join(" "),
};

/**
 * The lines by which a frontend logs; empty without `--access-log`. HAProxy's own messages about frontends go to the same
 * targets, at the level warning. So requests get the level err, which is all that is sent, and arrive as info.
 */
export function accessLogLines(mode: "http" | "tcp", log: AccessLog | undefined): string {
  if (!log) return "";
  const form = log.target === "stdout" ? "raw" : "rfc5424";
  const lines = [
    "no log",
    `log ${log.target} len 16384 format ${form} local0 err info`,
    // Requests that fail before any rule.
    "option log-separate-errors",
    `log-format '${formats[log.format](mode === "http" ? httpFields : tcpFields)}'`,
    ...mode === "tcp" ? ["tcp-request content set-log-level err"] : [
      "http-request set-log-level err",
      // Each byte may take six in JSON, and converters have one buffer.
      "http-request set-var(txn.mlb_vhost) req.hdr(host),host_only,lower,bytes(0,255)",
      "http-request set-var(txn.mlb_method) method,bytes(0,32)",
      "http-request set-var(txn.mlb_uri) pathq,bytes(0,1024)",
    ],
  ];
  return lines.map((line) => `  ${line}\n`).join("");
}

/** The rule by which a backend tells the log its app; empty without `--access-log`. */
export function accessLogApp({ appId, mode }: Service, log: AccessLog | undefined): string {
  if (!log) return "";
  const ruleset = mode === "http" ? "http-request" : "tcp-request content";
  return `  ${ruleset} set-var(txn.mlb_app) str(${appId})\n`;
}
