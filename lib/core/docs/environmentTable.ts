/** An environment variable that stands for no flag. */
export interface EnvironmentRow {
  readonly name: string;
  readonly description: string;
  /** Only the supervised modes read it. */
  readonly supervisedOnly?: true;
}

/** The environment variables beside those of the flags and the templates. */
export const environmentTable: readonly EnvironmentRow[] = [
  { name: "HAPROXY_<TEMPLATE>", description: "Replaces a template: see [Templates](#templates)." },
  {
    name: "FRAMEWORK_NAME",
    description:
      "The id of the app that this load balancer is, without the leading `/`; it does not serve itself.",
  },
  {
    name: "HAPROXY_GLOBAL_DEFAULT_OPTIONS",
    description:
      "Comma list of the `option`s in HAProxy's `defaults`. Default: `redispatch,http-server-close,dontlognull`.",
  },
  {
    name: "HAPROXY_SSL_CERT",
    supervisedOnly: true,
    description:
      "Certificate and key of the HTTPS frontend as PEM text, with `\\n` for line breaks where needed. Written to `cert.pem` in `--cert-dir`.",
  },
  {
    name: "HAPROXY_SSL_CERT0",
    supervisedOnly: true,
    description:
      "And so on to `HAPROXY_SSL_CERT100`: more certificates, written to `cert0.pem` … `cert100.pem`.",
  },
  {
    name: "HAPROXY_SYSLOGD",
    description: "Not empty: HAProxy logs to standard output, not to the system's log.",
  },
  {
    name: "HAPROXY_SYSCTL_PARAMS",
    supervisedOnly: true,
    description: "Kernel parameters to set, as `key=value …`.",
  },
  {
    name: "HAPROXY_SYSCTL_NONSTRICT",
    supervisedOnly: true,
    description: "Not empty: a kernel parameter that cannot be set does not end the start.",
  },
  {
    name: "MARATHON_USER",
    description:
      "With `MARATHON_PASSWORD`: the [credentials for Marathon](#credentials-for-marathon) where no flag gives them.",
  },
  { name: "MARATHON_PASSWORD", description: "With `MARATHON_USER`." },
  {
    name: "MESOS_SANDBOX",
    supervisedOnly: true,
    description: "The files in its directory `templates` are templates too.",
  },
  {
    name: "NOTIFY_SOCKET",
    description:
      "Set by systemd: where it is told that this is ready, alive and stopping (see [systemd.md](systemd.md)).",
  },
  {
    name: "PORTS",
    supervisedOnly: true,
    description: "Passed on to HAProxy, as is every variable without secrets.",
  },
  {
    name: "VAULT_TOKEN",
    description:
      "Opens the secret in Vault that holds the [credentials for Marathon](#credentials-for-marathon).",
  },
  { name: "VAULT_HOST", description: "Vault's host, by HTTPS; or with `http://` or `https://` before it." },
  { name: "VAULT_PORT", description: "Vault's port." },
  {
    name: "VAULT_PATH",
    description: "The path of the secret, such as `secret/marathon`; `/v1/` is put before it.",
  },
  {
    name: "VAULT_URL",
    description:
      "The whole URL of the secret, such as `https://vault:8200/v1/secret/marathon`; it goes before those three.",
  },
  {
    name: "VAULT_CACERT",
    description:
      "A file with the CA certificates, in PEM, by which Vault's is verified. Default: the system's roots.",
  },
  {
    name: "WATCHDOG_USEC",
    description:
      "Set by systemd, with `WATCHDOG_PID`: the microseconds within which it wants to hear of this again and again.",
  },
];
