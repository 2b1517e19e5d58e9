/** A line of a configuration as HAProxy reads it. */
export interface LexedLine {
  readonly words: readonly string[];
  /** What makes it say something else than what stands there: a quote without end, a variable, a comment. */
  readonly faults: readonly string[];
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Reads a line by section 2.2 of the configuration manual, "Quoting and escaping". */
export function lexLine(line: string): LexedLine {
  const words: string[] = [];
  const faults: string[] = [];
  let [word, quote, at]: [string | undefined, string, number] = [undefined, "", 0];
  const add = (text: string) => word = (word ?? "") + text;
  for (; at < line.length; at++) {
    const character = line[at]!;
    if (character === "\0") faults.push("a null character ends the file");
    if (quote === "'") {
      if (character === "'") quote = "";
      else add(character);
    } else if (character === "\\") {
      const next = line[at + 1];
      if (next === undefined) faults.push("a backslash at the end");
      else if (next === "x") {
        const code = /^[0-9a-fA-F]{2}/.exec(line.slice(at + 2))?.[0];
        if (code === undefined) faults.push("an escape \\x without digits");
        else add(String.fromCharCode(parseInt(code, 16)));
        at += 1 + (code?.length ?? 0);
      } else if (next in escapes) {
        add(escapes[next]!);
        at++;
      } else if (` \\"'#$`.includes(next)) {
        add(next);
        at++;
      } else add(character);
    } else if (character === '"') {
      quote = quote === "" ? '"' : "";
      add("");
    } else if (quote === '"') {
      if (character === "$") faults.push("a variable");
      add(character);
    } else if (character === "'") {
      quote = "'";
      add("");
    } else if (character === "#") {
      faults.push("a comment");
      break;
    } else if (/[ \t\n\v\f\r]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else add(character);
  }
  if (quote !== "") faults.push("a quote without end");
  if (word !== undefined) words.push(word);
  return { words, faults };
}

/** How a server may be reached: labels come one or two at a time. */
const connections = ["", " proto h1", " proto h2"].flatMap((proto) => {
  const alpn = proto === "" ? [""] : [" alpn h2", " alpn http/1.1"];
  const tls = alpn.map((alpn) => ` ssl verify none${alpn}`);
  return ["", ...tls].flatMap((tls) =>
    ["", " check-ssl", " check-proto h1"].map((check) => `${proto}${tls}${check}`)
  );
});

/**
 * Every line that a service without templates of its own may add, as words. In a word `*` stands for any text that is
 * no part of a condition, and `**` for some of them; `***` stands for some patterns of an ACL, where `!` has no meaning. A
 * word `~` is taken as it is, and in one `%` HAProxy replaces nothing.
 */
const lines = [
  "userlist user_*",
  "user ~ password ~",
  "frontend ~",
  "bind *",
  "bind * **",
  "mode http",
  "mode tcp",
  "use_backend ~",
  "use_backend ~ if host_*",
  "use_backend ~ if host_* path_*",
  "use_backend ~ if app_*",
  "use_backend ~ if { req.hdr(host),host_only -i * }",
  "use_backend ~ if { req.hdr(host),host_only -m end -i * }",
  "use_backend ~ if { req.hdr(host),host_only -i * } path_*",
  "use_backend ~ if { req.hdr(host),host_only -m end -i * } path_*",
  "use_backend ~ if { req.ssl_sni -i * }",
  "use_backend ~ if { req.ssl_sni -m end -i * }",
  "acl host_* req.hdr(host),host_only -i *",
  "acl host_* req.hdr(host),host_only -m end -i *",
  "acl path_* path_beg ***",
  "acl auth_* http_auth(user_*)",
  "acl app_* hdr(x-marathon-app-id) -i *",
  "http-request auth realm ~ if host_* !auth_*",
  "http-request auth realm ~ if host_* path_* !auth_*",
  "http-request auth realm ~ if { req.hdr(host),host_only -i * } !auth_*",
  "http-request auth realm ~ if { req.hdr(host),host_only -m end -i * } !auth_*",
  "http-request auth realm ~ if { req.hdr(host),host_only -i * } path_* !auth_*",
  "http-request auth realm ~ if { req.hdr(host),host_only -m end -i * } path_* !auth_*",
  "http-request auth realm ~ unless { http_auth(user_*) }",
  "redirect scheme https code 301 if !{ ssl_fc } host_*",
  "redirect scheme https code 301 if !{ ssl_fc } host_* path_*",
  "backend ~",
  "balance **",
  "option forwardfor",
  "http-request set-header X-Forwarded-Port %[dst_port]",
  "http-request add-header X-Forwarded-Proto https if { ssl_fc }",
  "http-response set-header Strict-Transport-Security max-age=15768000",
  "http-request set-header Host %",
  "http-request replace-path * %",
  "acl is_root path -i /",
  "acl is_domain req.hdr(host),host_only -i **",
  "acl is_domain req.hdr(host),host_only -m end -i **",
  "http-request redirect code 301 location % if is_root",
  "http-request redirect code 301 location % if is_domain is_root",
  "acl hdr_location res.hdr(Location) -m found",
  "http-response replace-header Location * % if hdr_location",
  "acl network_allowed src *",
  "http-request allow if network_allowed",
  "http-request deny",
  "tcp-request content accept if network_allowed",
  "tcp-request content reject",
  "cookie mesosphere_server_id insert indirect nocache",
  "option httpchk GET *",
  "timeout check *",
  ...["connect", "server", "queue", "tunnel", "client", "http-request", "http-keep-alive"].map((name) =>
    `timeout ${name} *`
  ),
  "retries *",
  "option redispatch 1",
  "no option redispatch",
  "stick-table type ipv6 size 100k expire * store http_req_rate(*)",
  "http-request track-sc2 src",
  "http-request deny deny_status 429 hdr Retry-After * if { sc2_http_req_rate gt * }",
  "stick-table type ipv6 size 100k expire * store conn_rate(*)",
  "tcp-request content track-sc2 src",
  "tcp-request content reject if { sc2_conn_rate gt * }",
  ...["", " check cookie *"].flatMap((cookie) =>
    ["", " check inter * fall *", " check inter * fall * port *"].flatMap((check) =>
      [...connections, " maxconn *"].flatMap((more) =>
        ["", " disabled"].map((disabled) => `server * * id *${cookie}${check}${more}${disabled}`)
      )
    )
  ),
];

/** No part of a condition, no flag: neither is anything that a value may be. */
const free = String.raw`(?!-|!|[{}](?:\x00|$)|\|\|)[^\x00]+`;
const flagOrFree = String.raw`(?!-(?!i\x00)|!|[{}](?:\x00|$)|\|\|)[^\x00]+`;
const pattern = String.raw`(?!-(?!i\x00)|[{}](?:\x00|$)|\|\|)[^\x00]+`;
const shapes = lines.map((line) => {
  const words = line.split(" ").map((word) => {
    if (word === "***") return `${pattern}(?:\\x00${pattern})*`;
    if (word === "**") return `${flagOrFree}(?:\\x00${flagOrFree})*`;
    if (word === "*") return free;
    if (word === "~") return String.raw`[^\x00]+`;
    // `%%` stands for itself.
    if (word === "%") return String.raw`(?:[^%\x00]|%%)+`;
    return word.split("*").map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("[^\\x00]*");
  });
  return new RegExp(`^${words.join("\\x00")}$`);
});

/** Whether a line, as its words, is one that a service may add. */
export function isOwnLine(words: readonly string[]): boolean {
  const text = words.join("\0");
  return shapes.some((shape) => shape.test(text));
}
