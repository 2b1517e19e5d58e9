/** Rules that HAProxy 2.6 takes, odd spellings among them; `named`, `store` and `logins` have to exist. */
export const goodRules = String.raw`
http-request add-header Via 1.1\ %[hostname]
http-request add-header X-Two "a  b" if { ssl_fc } || { src 127.0.0.0/8 }
http-request add-header X-If if if named
http-request add-header X-If unless
http-request set-header X-Quote 'it is "quoted" #1' # a comment
http-request set-header X-Path "%[path,regsub(/+,/,g)]" if !named { path_beg /a } or !{ path_end /b }
http-request set-header X-Brace "{ not a test" if { path "}x" "{" }
http-request set-header X-Percent 100%%
http-request set-header   X-Spaces    y     if   named
http-request "set-header" 'X-Name' y
http-request set-header X-Env "\${UNSET_HEADER-none}"
http-request set-header X-None y if
http-request del-header X-Foo
http-request del-header X- -m beg if named
http-request del-header if
http-request replace-header Cookie foo=([^;]*);(.*) foo=\1;ip=%bi;\2
http-request replace-header User-Agent '(?i)curl' foo unless named
http-request replace-value X-Forwarded-For '^192\.0\.2\.(.*)$' 198.51.100.\1
http-request replace-path (.*) /foo\1
http-request replace-path '^/foo/?(.*)' '/\1' if { url_beg /foo/ }
http-request replace-pathq ([^?]*)(\?(.*))? \1/foo\2
http-request replace-uri ^http://(.*) https://\1
http-request set-path /a%[path]
http-request set-pathq %[path]?app=x&%[query]
http-request set-query %[query,regsub(%3D,=,g)]
http-request set-uri %[pathq]
http-request set-method GET if METH_POST
http-request set-var(txn.a) src,ipmask(24)
http-request set-var(txn.a,ifnotexists) str("a b")
http-request set-var(txn.b) var(txn.a),concat(-,txn.a) if named
http-request set-var-fmt(txn.from) "addr=%[src]:%[src_port]"
http-request unset-var(txn.a)
http-request unset-var(txn.a) if named
http-request set-src hdr(X-Forwarded-For)
http-request set-src-port int(4000)
http-request set-dst dst,ipmask(24) if named
http-request set-dst-port int(80)
http-request set-log-level silent if { path /health }
http-request set-nice 5
http-request set-tos 0x10
http-request set-mark 1
http-request set-priority-class int(1)
http-request set-priority-offset int(-5)
http-request set-timeout server 20s
http-request set-timeout tunnel hdr(X-Timeout),mul(1000) if named
http-request strict-mode on
http-request allow
http-request allow if named
http-request auth
http-request auth realm My\ App unless { http_auth(logins) }
http-request auth realm if if named
http-request deny
http-request deny if { path_beg /admin } !named
http-request deny deny_status 429 unless named
http-request deny status 503 content-type text/plain string "if you see this" hdr X-A if if named
http-request deny if
http-request tarpit deny_status 429 if named
http-request reject if named
http-request silent-drop if named
http-request return status 200 content-type text/plain string hi if { path /hi }
http-request return status 204
http-request return content-type text/plain lf-string "%[src] {" hdr X-A "%[path]"
http-request redirect scheme https code 308 if !{ ssl_fc }
http-request redirect location https://example.com%[capture.req.uri] code 301 drop-query append-slash if named
http-request redirect prefix /a drop-query set-cookie A=1 unless named
http-request redirect location if if named
http-request capture req.hdr(Host) len 64
http-request capture path len 10 if named
http-request disable-l7-retry if named
http-request early-hint Link "</style.css>; rel=preload; as=style"
http-request wait-for-body time 1s at-least 1k if METH_POST
http-request wait-for-handshake
http-request cache-use store if named
http-request track-sc0 src
http-request track-sc1 hdr(X-Key) table table if named
http-request sc-inc-gpc0(0) if named
http-request sc-inc-gpc(1,0)
http-request sc-set-gpt0(0) int(1) if named
http-request sc-set-gpt0(0)
http-response add-header X-Foo bar if { res.hdr(Server) -m found }
http-response set-header Strict-Transport-Security "max-age=16000000; includeSubDomains; preload;"
http-response set-status 503 reason "Slow Down".
http-response set-status 200 if { status eq 201 }
http-response replace-header Set-Cookie (C=[^;]*);(.*) \1;ip=%bi;\2
http-response replace-value Cache-Control ^public$ private
http-response del-header Server
http-response del-header ^X-.* -m reg
http-response cache-store store
http-response capture res.hdr(Server) id 0
http-response return status 404 content-type text/plain string none if { status 500 }
http-response redirect location / if { status 404 }
http-response deny if { res.hdr(content-type) -m sub audio }
http-response wait-for-body time 100ms if { status eq 200 }
http-response set-var(res.status) status
http-response silent-drop if named
http-response allow
http-after-response set-header X-Via "%[var(txn.a)]" unless { status ge 500 }
http-after-response add-header X-Foo bar
http-after-response del-header X- -m beg
http-after-response replace-header Set-Cookie (C=[^;]*);(.*) \1;Secure;\2
http-after-response set-status 101 if { status eq 200 } { res.hdr(upgrade) -m str websocket }
http-after-response set-var(res.b) int(1)
http-after-response unset-var(res.b)
http-after-response strict-mode on
http-after-response allow if { status 302 }
`.trim().split("\n");

/** Rules of later versions only, or of add-ons. */
export const laterRules = [
  "http-request cache-use store no-early-hints if named",
  "http-request do-log if named",
  "http-request lua.authenticate with 3 arguments",
  "http-request pause 100 if named",
  "http-request set-bandwidth-limit upload limit 1m if named",
  "http-request set-fc-tos int(3)",
  "http-request set-retries 3",
  "http-request send-spoe-group engine group if named",
  "http-request use-service prometheus-exporter if { path /metrics }",
  "http-after-response set-log-level silent",
  "http-after-response sc-add-gpc(0,1) 1 if named",
];

/** Rules that no version takes, and what is said about them. */
export const badRules: readonly (readonly [rule: string, said: RegExp])[] = [
  ["http-request", /^nothing behind http-request/],
  ["http-request set-headers X y", /"set-headers" is no action; expected one such as set-/],
  ["http-request rewrite /a /b", /"rewrite" is no action/],
  ["http-request if named", /"if" is no action/],
  ["http-request set-header,X y", /is no action/],
  ["http-response auth", /^http-response has no auth; expected it behind http-request$/],
  ["http-response replace-path /a /b", /no replace-path; expected it behind http-request$/],
  ["http-request set-status 200", /behind http-response or http-after-response/],
  ["http-after-response deny", /has no deny/],
  ["http-after-response redirect location /", /has no redirect/],
  ["http-request set-header X", /1 arguments; expected 2/],
  ['http-request set-header X ""', /empty argument; expected 2/],
  ["http-request set-header X if named", /"named" behind the 2 arguments of set-header; expected if/],
  ["http-request set-header X a b", /"b" behind the 2 arguments/],
  ["http-request set-header X: a b if named", /quotes around an argument that has spaces/],
  ["http-request del-header", /0 arguments; expected at least 1/],
  ["http-request replace-header X y", /2 arguments; expected 3/],
  ["http-request replace-path /a", /expected 2/],
  ["http-request set-path", /expected 1/],
  ["http-request set-path /a b", /"b" behind the 1 arguments/],
  ["http-request set-var(txn.a)", /at least 1/],
  ["http-request unset-var(txn.a) b", /"b" behind the 0/],
  ["http-request allow named", /"named" behind the 0 arguments of allow; expected if/],
  ["http-request redirect https", /1 arguments; expected at least 2/],
  ["http-request capture path", /at least 3/],
  ["http-request track-sc0", /at least 1/],
  ["http-request set-map(/maps/a) a", /expected 2/],
  ["http-request add-acl(/acls/a)", /expected 1/],
  ["http-request wait-for-body time", /at least 2/],
  ["http-request set-timeout server", /at least 2/],
  ["http-request cache-use", /at least 1/],
  ["http-response set-status", /at least 1/],
  ["http-request set-header X y if { path /a", /"{" without "}"/],
  ["http-request set-header X y if { path /a}", /"{" without "}"/],
  ["http-request set-header X y if {path /a }", /"{path"; expected a space behind "{"/],
  ["http-request set-header X y if named }", /"}" without "{"/],
  ["http-request set-header X y if { path /a } }", /"}" without "{"/],
  ["http-request set-header X y if { }", /nothing between/],
  ["http-request deny if { path /a", /"{" without "}"/],
  ["http-request deny deny_status 403 if !{path /a }", /"!{path"; expected a space/],
  ["http-request redirect scheme https if !{ ssl_fc", /"{" without "}"/],
  ['http-request set-header X "y', /quote that opens at character 27 is never closed/],
  ["http-request set-header X it's", /quote that opens at character 29 is never closed/],
];
