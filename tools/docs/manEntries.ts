/** A term of the manual page and what is said of it. */
export interface ManEntry {
  readonly term: string;
  /** Markdown. */
  readonly text: string;
}

/** What the manual page says beside what the tables of the program hold. */
export const manEntries = {
  description: [
    "Reads the apps of Marathon, generates a configuration for HAProxy, and supervises HAProxy. Runtime commands add, " +
    "remove, move and drain tasks in the running HAProxy. Every other change is a reload, which drops no request.",
    "The modes with a name are supervised. They prepare certificates and directories, start HAProxy and reload it after " +
    "changes. They restart HAProxy when it dies, and stop it when the program stops.",
    "The labels of an app configure how it is served. `marathon-lb --longhelp` prints all labels and templates.",
  ],
  options: [
    "A long name can be shortened to any unique prefix. `--flag VALUE` and `--flag=VALUE` are the same. If a flag is given " +
    "twice, the last one counts, unless it may be repeated.",
  ],
  files: [
    {
      term: "/marathon-lb/haproxy.cfg",
      text:
        "The configuration of a supervised HAProxy. The same directory contains the maps, the Lua scripts and `archive/`: see " +
        "`--work-dir`.",
    },
    {
      term: "/etc/haproxy/haproxy.cfg",
      text: "The configuration that the program writes without a mode: see `--haproxy-config`.",
    },
    { term: "/etc/ssl/cert.pem", text: "The certificate of the HTTPS frontend: see `--ssl-certs`." },
    { term: "/var/run/haproxy", text: "The sockets of a supervised HAProxy: see `--run-dir`." },
    { term: "/var/state/haproxy", text: "The state of the servers across reloads: see `--state-dir`." },
  ],
  signals: [
    { term: "HUP", text: "Synchronise with Marathon now." },
    { term: "USR1", text: "Reload the files on disk." },
    {
      term: "USR2",
      text:
        "End at once, and leave HAProxy serving. The next controller adopts it. PID 1 ignores this signal.",
    },
    {
      term: "TERM, INT",
      text:
        "Stop, and let requests end within `--shutdown-timeout`. A second signal stops at once. If the controller is killed, " +
        "HAProxy keeps running, and the next controller adopts it.",
    },
  ],
  endpointsIntro: "On `--admin-bind`, answered by HAProxy:",
  endpoints: [
    { term: "/haproxy?stats, /haproxy?stats;csv", text: "Statistics." },
    { term: "/metrics", text: "The metrics of HAProxy for Prometheus." },
    { term: "/_haproxy_health_check", text: "200 while HAProxy serves." },
    { term: "/_haproxy_getconfig", text: "The configuration that HAProxy runs." },
    { term: "/_haproxy_getvhostmap, /_haproxy_getappmap", text: "The maps of `--haproxy-map`." },
    { term: "/_haproxy_getpids", text: "The processes of HAProxy, old workers that still drain included." },
    { term: "/_mlb_health", text: "200 while the controller works, else 503 with the reason." },
    { term: "/_mlb_metrics", text: "The metrics of the controller for Prometheus." },
    { term: "/_mlb_status", text: "What is served, what is left out and why, as JSON." },
    { term: "/_mlb_signal/hup, /_mlb_signal/usr1", text: "The same as the signals." },
  ],
  exitStatus: [
    { term: "0", text: "Done, or ended by TERM, INT or USR2." },
    { term: "1", text: "The work could not be done." },
    { term: "2", text: "The command line could not be read." },
    {
      term: "3",
      text:
        "`check-migration` found differences in effect, `explain` something that is not served or in part, `validate` " +
        "problems. `deploy` has rolled back.",
    },
  ],
  examples: [
    {
      term: "marathon-lb sse --marathon http://master.mesos:8080 --group external",
      text: "Serve the apps of a group, and follow Marathon's events:",
    },
    {
      term: "marathon-lb sse --dry --marathon http://master.mesos:8080 --group external",
      text: "Print the configuration, without changing anything:",
    },
    {
      term: "marathon-lb explain /shop/web",
      text: "Say why an app is not served, by the instance that runs here:",
    },
    {
      term: "marathon-lb validate web.json --marathon http://master.mesos:8080",
      text: "Check an app before Marathon gets it, and show what the configuration would gain:",
    },
    {
      term:
        "marathon-lb deploy web.json --marathon http://master.mesos:8080 --marathon-lb http://marathon-lb.marathon.mesos:9090",
      text: "Deploy a new version of an app without a failed request:",
    },
    {
      term: "marathon-lb check-migration --from http://old-lb:9090 --group external",
      text: "Compare with what an old load balancer runs:",
    },
  ],
} as const satisfies Record<string, readonly string[] | readonly ManEntry[] | string>;
