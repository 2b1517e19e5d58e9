import assert from "node:assert/strict";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "../render/support/generate.ts";

/**
 * The values of the Python Marathon-LB's documentation (README.md, Longhelp.md), its tests and its example apps, and what
 * the configuration must say with them. `AUTH`: config.py, its tests and its wiki.
 */
const documented: readonly (readonly [label: string, value: string, expected: RegExp])[] = [
  ["VHOST", "marathon.mesosphere.com", /host_only -i marathon\.mesosphere\.com\n/],
  ["VHOST", "marathon.mesosphere.com,marathon", /host_only -i marathon\n/],
  ["VHOST", "service.mesosphere.com", /host_only -i service\.mesosphere\.com\n/],
  ["VHOST", "myvhost.com", /host_only -i myvhost\.com\n/],
  ["VHOST", "nginx-docker-bridge.test", /host_only -i nginx-docker-bridge\.test\n/],
  ["VHOST", "test.example.com,test", /host_only -i test\n/],
  ["GROUP", "external", /^backend web_/m],
  ["PATH", "/v2/api/derp", /path_beg \/v2\/api\/derp\n/],
  ["PATH", "-i /multiple /paths", /path_beg -i \/multiple \/paths\n/],
  ["PATH", "/some/path", /path_beg \/some\/path\n/],
  ["PATH", "/testing1234_1234-1234-test123_testing", /path_beg \/testing1234_1234-1234-test123_testing\n/],
  ["STICKY", "true", /cookie mesosphere_server_id insert/],
  ["ENABLED", "true", /^backend web_/m],
  ["REDIRECT_TO_HTTPS", "true", /redirect scheme https code 301/],
  ["USE_HSTS", "true", /Strict-Transport-Security/],
  ["SSL_CERT", "/etc/ssl/cert.pem", /bind \*:10001 ssl crt \/etc\/ssl\/cert\.pem\n/],
  [
    "BIND_OPTIONS",
    "ciphers AES128+EECDH:AES128+EDH force-tlsv12 no-sslv3 no-tlsv10",
    /bind \*:10001 ciphers AES128\+EECDH:AES128\+EDH force-tlsv12 no-sslv3 no-tlsv10\n/,
  ],
  ["BIND_ADDR", "10.0.0.42", /bind 10\.0\.0\.42:10001\n/],
  ["PORT", "80", /bind \*:80\n/],
  ["MODE", "http", /^ {2}mode http$/m],
  ["BALANCE", "leastconn", /balance leastconn\n/],
  ["BALANCE", "roundrobin", /balance roundrobin\n/],
  ["BALANCE", "source", /balance source\n/],
  [
    "HTTP_BACKEND_PROXYPASS_PATH",
    "/path/to/redirect",
    /"\(\?i\)\^\/path\/to\/redirect\/\?\(\.\*\)" "\/\\1"\n/,
  ],
  ["HTTP_BACKEND_PROXYPASS_PATH", "/proxy/path", /"\(\?i\)\^\/proxy\/path\/\?/],
  ["HTTP_BACKEND_PROXYPASS_PATH", "/test/", /"\(\?i\)\^\/test\/\/\?/],
  [
    "HTTP_BACKEND_PROXYPASS_PATH",
    "/testing1234_1234-1234-test123_testing",
    /\^\/testing1234_1234-1234-test123_testing\//,
  ],
  ["HTTP_BACKEND_REVPROXY_PATH", "/my/content", /"\/my\/content\\6" if hdr_location\n/],
  ["HTTP_BACKEND_REVPROXY_PATH", "/test", /"\/test\\6" if hdr_location\n/],
  ["HTTP_BACKEND_REDIR", "/my/content", /redirect code 301 location \/my\/content if is_domain is_root\n/],
  ["HTTP_BACKEND_REDIR", "/test", /redirect code 301 location \/test if is_domain is_root\n/],
  [
    "BACKEND_NETWORK_ALLOWED_ACL",
    "127.0.0.1/8 10.1.40.0/24",
    /src 127\.0\.0\.1\/8\n.*src 10\.1\.40\.0\/24\n/,
  ],
  ["BACKEND_NETWORK_ALLOWED_ACL", "10.1.40.0/24 10.1.55.43", /src 10\.1\.40\.0\/24\n.*src 10\.1\.55\.43\n/],
  ["BACKEND_HEALTHCHECK_PORT_INDEX", "1", /^backend web_/m],
  ["BACKEND_WEIGHT", "1", /^backend web_/m],
];

for (const [label, value, expected] of documented) {
  Deno.test(`the value ${JSON.stringify(value)} of HAPROXY_{n}_${label} in the reference's documentation works`, () => {
    const labels = { HAPROXY_0_VHOST: "any.test", HAPROXY_0_MODE: "http", [`HAPROXY_0_${label}`]: value };
    const { text, problems } = generate({ apps: [marathonApp({ labels })] });
    assert.deepEqual(problems, []);
    assert.match(text, expected);
  });
}
