// Longer than other files because it is one table.

/** A difference from the Python Marathon-LB that is meant to be. Patterns are for the texts of `Statement`. */
export interface IntendedChange {
  readonly id: string;
  /** What a report says of it. */
  readonly reason: string;
  /** The heading of docs/migrating.md under which it stands. */
  readonly docs: string;
  /** The titles of the sections it is about; all where there is none. */
  readonly where?: RegExp;
  /** Tests of conditions, to what stands for them now. */
  readonly tests?: Readonly<Record<string, string>>;
  /** What was, and what is in its place; groups of one name have to hold the same. */
  readonly pairs?: readonly (readonly [before: RegExp, after: RegExp])[];
  /** Parts of a statement that do not count: what is made of them on either side. Those of several rows add up. */
  readonly masks?: {
    readonly before?: readonly [RegExp, string];
    readonly after?: readonly [RegExp, string];
  };
  /** What nothing has to stand in the place of. */
  readonly lost?: RegExp;
  /** What stands in the place of nothing. */
  readonly added?: RegExp;
  /** Only where the new section has no such line. */
  readonly absent?: RegExp;
  /** Only where the section has such a line, before or after. */
  readonly given?: { readonly before?: RegExp; readonly after?: RegExp };
}

const effects = "What the configuration does differently";
const ownFrontends = /^(?:frontend marathon_(?:https?|http_appid)_in|listen stats)$/;

const oldCiphers =
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" +
  "ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA256:" +
  "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:DHE-RSA-AES128-SHA256:" +
  "DHE-RSA-AES256-SHA256:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:!aNULL:!MD5:!DSS";

/** The differences from the old one that are meant to be, as docs/migrating.md tells them. */
export const intendedTable: readonly IntendedChange[] = [
  {
    id: "vhost",
    reason: "vhosts are chosen by the Host header, whatever its case and port",
    docs: effects,
    where: /^frontend /,
    tests: {
      "hdr(host) -i": "req.hdr(host),host_only -i",
      "ssl_fc_sni": "req.hdr(host),host_only -i",
      "ssl_fc_sni -i": "req.hdr(host),host_only -i",
      "req.ssl_sni": "req.ssl_sni -i",
    },
    pairs: [[
      /^use_backend %\[(?:req\.hdr\(host\),lower,regsub\(:\.\*\$,,\)|ssl_fc_sni,lower),map\((?:[^)]*\/)?(?<file>[^)/]*)\)\]$/,
      /^use_backend %\[req\.hdr\(host\),host_only,lower,map\((?:[^)]*\/)?(?<file>[^)/]*)\)\](?: if .*)?$/,
    ]],
  },
  {
    id: "wildcard",
    reason: "a VHOST of *.example.com matches every host under example.com",
    docs: effects,
  },
  {
    id: "hsts",
    reason: "the header of USE_HSTS replaces the one that the app sets",
    docs: effects,
    pairs: [[
      /^http-response add-header Strict-Transport-Security (?<value>\S+)$/,
      /^http-response set-header Strict-Transport-Security (?<value>\S+)$/,
    ]],
  },
  {
    id: "proxypass",
    reason:
      "with proxypass the Host header is the first host of the label VHOST, and is unchanged without that label",
    docs: effects,
    where: /^backend /,
    pairs: [
      [
        /^http-request set-header Host (?<host>[^\s,]+),\S+$/,
        /^http-request set-header Host (?<host>\S+)$/,
      ],
      [
        /^reqirep \^\(\[\^ :\]\*\) (?<path>.*)\/\?\(\.\*\) \\1 \/\\2$/,
        /^http-request replace-path \(\?i\)\^(?<path>.*)\/\?\(\.\*\) \/\\1$/,
      ],
    ],
    lost: /^http-request set-header Host None$/,
  },
  {
    id: "revproxy",
    reason: "revproxy keeps the path of a Location, and matches all hosts of the label VHOST",
    docs: effects,
    where: /^backend /,
    pairs: [[
      /^(?:rspirep \^Location:|http-response replace-header Location) .*\(\/\.\*\) (?:Location:)? *(?<root>[^\s\\]*) (?<condition>if .*)$/,
      /^http-response replace-header Location .*\(\/\.\*\) (?<root>[^\s\\]*?)(?:\\\d)? (?<condition>if .*)$/,
    ]],
  },
  {
    id: "redirect",
    reason: "the redirect of / applies to all hosts of the label VHOST, and to any host without that label",
    docs: effects,
    where: /^backend /,
    tests: { "hdr(host) -i": "req.hdr(host),host_only -i" },
    pairs: [
      [
        /^redirect (?<to>code 301 location \S+) if \{ path -i \/ \} \{ req\.hdr\(host\),host_only -i none \}$/,
        /^http-request redirect (?<to>code 301 location \S+) if \{ path -i \/ \}$/,
      ],
      [
        /^redirect (?<to>code 301 location \S+) if (?<condition>\{ path -i \/ \} \{ req\.hdr\(host\),host_only .*)$/,
        /^http-request redirect (?<to>code 301 location \S+) if (?<condition>\{ path -i \/ \} \{ .*)$/,
      ],
    ],
  },
  {
    id: "tls",
    reason: "clients need TLS 1.2 or 1.3 with forward secrecy",
    docs: effects,
    where: /^global$/,
    pairs: [
      [
        new RegExp(`^ssl-default-(?<side>bind|server)-ciphers ${oldCiphers}$`),
        /^ssl-default-(?<side>bind|server)-ciphers (?!.*(?:CBC|-SHA:|-SHA256:AES|!aNULL)).*CHACHA20-POLY1305/,
      ],
      [
        /^ssl-default-(?<side>bind|server)-options no-sslv3 no-tlsv10 no-tls-tickets$/,
        /^ssl-default-(?<side>bind|server)-options ssl-min-ver TLSv1\.2 no-tls-tickets$/,
      ],
    ],
    added: /^ssl-default-(?:bind|server)-ciphersuites TLS_\S+$/,
  },
  {
    id: "http2",
    reason: "HTTPS offers HTTP/2 too",
    docs: effects,
    where: /^frontend /,
    masks: { before: [/^(bind \S+ (?!.*\balpn ).*\bssl\b.*)$/, "$1 alpn h2,http/1.1"] },
  },
  {
    id: "socket",
    reason: "HAProxy's runtime socket has mode 0600 and level admin",
    docs: effects,
    where: /^global$/,
    pairs: [[
      /^stats socket \/var\/run\/haproxy\/socket expose-fd listeners$/,
      /^stats socket \S+\/socket mode 600 level admin expose-fd listeners$/,
    ]],
  },
  {
    id: "limits",
    reason: "limits fit the file descriptors of the machine",
    docs: effects,
    where: /^global$/,
    pairs: [[/^maxconn \d+$/, /^maxconn 50000$/]],
    lost: /^no strict-limits$/,
    // Another one has the limit that its author wrote into it.
    given: { before: /^lua-load \S*mlbstatus\.lua$/ },
  },
  {
    id: "head",
    reason:
      "the default HAPROXY_HEAD has gained lines: own endpoints, bounds for old workers, gentler reloads",
    docs: "HAPROXY_HEAD",
    where: /^(?:global|defaults|listen stats)$/,
    added:
      /^(?:option idle-close-on-response|hard-stop-after \S+|mworker-max-reloads \d+|lua-load \S*\/mlb(?:status|page)\.lua|lua-load-per-thread \S*\/statscsv\.lua|filter lua\.statscsv|http-request use-service lua\.mlb(?:metrics|health|status|page) if .*|http-request redirect location _mlb\/ if \{ path \/ \/_mlb \}|tune\.lua\.bool-sample-conversion normal .*)$/,
  },
  {
    id: "tcpDefaults",
    reason: "TCP frontends omit options that concern HTTP only",
    docs: "HAPROXY_HEAD",
    where: /^frontend /,
    absent: /^mode http$/,
    added: /^defaults without option idle-close-on-response$/,
  },
  {
    id: "log",
    reason: "HAProxy logs to /dev/log where the machine has one, and with HAPROXY_SYSLOGD to standard output",
    docs: "HAPROXY_HEAD",
    where: /^global$/,
    lost: /^log \/dev\/log local0$|^log \/dev\/log local1 notice$/,
    added: /^log stdout format raw local0$/,
    given: { after: /^log stdout format raw local0$/ },
  },
  {
    id: "nolog",
    reason: "HAProxy logs to /dev/log where the machine has one",
    docs: "HAPROXY_HEAD",
    where: /^global$/,
    added: /^log \/dev\/log local0$|^log \/dev\/log local1 notice$/,
    given: { before: /^lua-load \S*mlbstatus\.lua$/ },
  },
  {
    id: "paths",
    reason: "scripts, state, maps and certificates of the same names are in other directories",
    docs: "New",
    masks: { before: [/ crt \S*\//g, " crt "], after: [/ crt \S*\//g, " crt "] },
    pairs: [
      [
        /^lua-load(?:-per-thread)? \S*\/(?<file>getpids|getconfig|getmaps|signalmlb|mlbstatus|mlbpage|statscsv)\.lua$/,
        /^lua-load(?:-per-thread)? \S*\/(?<file>getpids|getconfig|getmaps|signalmlb|mlbstatus|mlbpage|statscsv)\.lua$/,
      ],
      [/^server-state-base \S+\/$/, /^server-state-base \S+\/$/],
      [/^stats socket \S+\/socket (?<rest>.*)$/, /^stats socket \S+\/socket (?<rest>.*)$/],
      [
        /^(?<before>use_backend .*\bmap\()\S*\/(?<file>[^/)]+)(?<after>\).*)$/,
        /^(?<before>use_backend .*\bmap\()\S*\/(?<file>[^/)]+)(?<after>\).*)$/,
      ],
    ],
  },
  {
    id: "binds",
    reason:
      "the load balancer listens at the addresses of --http-bind, --https-bind, --appid-bind and --admin-bind",
    docs: "New",
    where: ownFrontends,
    masks: {
      before: [/^bind (?:\*:80|\*:443|\*:9091|0\.0\.0\.0:9090)(?= |$)/, "bind where flags say"],
      after: [/^bind \S+/, "bind where flags say"],
    },
  },
  {
    id: "allow",
    reason: "--admin-allow restricts the admin port",
    docs: "New",
    where: /^listen stats$/,
    added: /^http-request deny unless \{ src .* \}$/,
  },
  {
    id: "closedPorts",
    reason: "--service-ports or HAPROXY_{n}_EXPOSE_PORT closes the port of a service that a vhost leads to",
    docs: "New",
  },
  {
    id: "frontends",
    reason: "with HAProxy 3.2 and later the names of service frontends end in _in",
    docs: effects,
    where: /^frontend /,
    pairs: [[/^name (?<name>\S+?)(?:_in)?$/, /^name (?<name>\S+?)(?:_in)?$/]],
  },
  {
    id: "grouped",
    reason: "with maps and grouped HTTPS all vhosts answer, not only the first",
    docs: effects,
    where: /^frontend (?!marathon_)/,
    added: /^use_backend %\[req\.hdr\(host\),host_only,lower,map\(\S*domain2backend\.map\)\]/,
  },
  {
    id: "serverOrder",
    reason: "servers of one host and port have a fixed order; the old one changed it at each start",
    docs: effects,
  },
  {
    id: "removed",
    reason: "directives that HAProxy removed are replaced by their equivalents",
    docs: "Removed directives",
  },
];
