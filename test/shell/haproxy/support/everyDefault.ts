/** Marathon's answer for a cluster whose services, between them, use every default template. */
export function everyDefault(certificate: string): object[] {
  const everywhere = {
    STICKY: "true",
    USE_HSTS: "true",
    BACKEND_NETWORK_ALLOWED_ACL: "10.0.0.0/8 127.0.0.1",
    HTTP_BACKEND_PROXYPASS_PATH: "/in",
    HTTP_BACKEND_REVPROXY_PATH: "/in",
    HTTP_BACKEND_REDIR: "/home",
  };
  const limits = {
    RATE_LIMIT: "100/10s",
    MAXCONN: "50",
    RETRIES: "2",
    REDISPATCH: "true",
    TIMEOUT_CONNECT: "500ms",
    TIMEOUT_SERVER: "2m",
    TIMEOUT_QUEUE: "5s",
    TIMEOUT_TUNNEL: "12h",
    TIMEOUT_CLIENT: "2m",
  };
  const hosts = ["one.test", "two.test,www.two.test", "*.wild.test", "*.both.test,both.test"];
  const auth = { AUTH: "Staff only:alice:$5$abcdefgh$GQCGCglVy/GrdjSAIWF1yntMhIBg.giBYttpdkwkSBB" };
  const rules = [{}, { PATH: "/in" }, auth, { PATH: "-i /x /y", ...auth }]
    .flatMap((labels) => [labels, { ...labels, REDIRECT_TO_HTTPS: "true" }]);
  const labelled = [
    ...hosts.flatMap((VHOST) => rules.map((labels) => ({ VHOST, ...everywhere, ...labels }))),
    { MODE: "http", ...everywhere },
    { MODE: "http", ...everywhere, ...auth, AUTH_EVERYWHERE: "true" },
    { MODE: "http", ...limits, TIMEOUT_HTTP_REQUEST: "5s" },
    { MODE: "tcp", ...limits },
    { MODE: "tcp", BACKEND_NETWORK_ALLOWED_ACL: "10.0.0.0/8 127.0.0.1" },
    { VHOST: "own.test", SSL_CERT: certificate, BIND_OPTIONS: "alpn h2", BIND_ADDR: "127.0.0.1" },
    { VHOST: "pass.test", SNI_PASSTHROUGH: "true" },
    {},
  ];
  return ["none", "HTTP", "TCP", "MESOS_HTTP", "MESOS_TCP"].flatMap((protocol, kind) =>
    labelled.map((labels, index) => {
      const port = 10_000 + 100 * kind + index;
      return {
        id: `/app-${port}`,
        // Each has hosts of its own.
        labels: Object.fromEntries(
          Object.entries(labels).map((
            [name, value],
          ) => [`HAPROXY_0_${name}`, value.replaceAll(".test", `.${port}.test`)]),
        ),
        portDefinitions: [{ port }],
        healthChecks: protocol === "none" ? [] : [{ protocol, portIndex: 0, path: "/health" }],
        tasks: [1, 2].map((rank) => ({ id: `task.${rank}`, host: `10.0.0.${rank}`, ports: [31_000] })),
      };
    })
  );
}
