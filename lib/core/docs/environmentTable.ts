/** An environment variable that stands for no flag. */
export interface EnvironmentRow {
  readonly name: string;
  readonly description: string;
  /** Only the supervised modes read it. */
  readonly supervisedOnly?: true;
  /** A variable of the reference that nothing reads yet. */
  readonly notYet?: true;
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
    notYet: true,
    description: "Kernel parameters to set, as `key=value …`.",
  },
  {
    name: "HAPROXY_SYSCTL_NONSTRICT",
    supervisedOnly: true,
    notYet: true,
    description: "Not empty: a kernel parameter that cannot be set does not end the start.",
  },
  {
    name: "MARATHON_USER",
    description: "With `MARATHON_PASSWORD`: the credentials for Marathon where no flag gives them.",
  },
  { name: "MARATHON_PASSWORD", description: "With `MARATHON_USER`." },
  {
    name: "MESOS_SANDBOX",
    supervisedOnly: true,
    description: "The files in its directory `templates` are templates too.",
  },
  {
    name: "PORTS",
    supervisedOnly: true,
    description: "Passed on to HAProxy, as is every variable without secrets.",
  },
  {
    name: "VAULT_TOKEN",
    notYet: true,
    description: "Access to Vault, where the credentials for Marathon are.",
  },
  { name: "VAULT_HOST", notYet: true, description: "Vault's host." },
  { name: "VAULT_PORT", notYet: true, description: "Vault's port." },
  { name: "VAULT_PATH", notYet: true, description: "Where in Vault the credentials are." },
  { name: "VAULT_URL", notYet: true, description: "All of that as one URL." },
];
