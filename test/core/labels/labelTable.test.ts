import assert from "node:assert/strict";
import { type LabelRow, labelTable } from "../../../lib/core/labels/labelTable.ts";
import { type TemplateRow, templateTable } from "../../../lib/core/templates/templateTable.ts";

const labels: readonly LabelRow[] = labelTable;
const names = (scope: LabelRow["scope"]) =>
  labels.filter((row) => row.scope === scope).map((row) => row.name).sort();

Deno.test("labelTable: every label of an app and of a service", () => {
  assert.deepEqual(names("app"), [
    "DEPLOYMENT_ALT_PORT",
    "DEPLOYMENT_COLOUR",
    "DEPLOYMENT_GROUP",
    "DEPLOYMENT_NEW_INSTANCES",
    "DEPLOYMENT_STARTED_AT",
    "DEPLOYMENT_TARGET_INSTANCES",
    "GROUP",
  ]);
  assert.deepEqual(names("service"), [
    "AUTH",
    "AUTH_EVERYWHERE",
    "BACKEND_CA_FILE",
    "BACKEND_HEALTHCHECK_PORT_INDEX",
    "BACKEND_NETWORK_ALLOWED_ACL",
    "BACKEND_PROTO",
    "BACKEND_SNI",
    "BACKEND_TLS",
    "BACKEND_WEIGHT",
    "BALANCE",
    "BIND_ADDR",
    "BIND_OPTIONS",
    "ENABLED",
    "EXPOSE_PORT",
    "GROUP",
    "HTTP_BACKEND_PROXYPASS_PATH",
    "HTTP_BACKEND_REDIR",
    "HTTP_BACKEND_REVPROXY_PATH",
    "MAXCONN",
    "MODE",
    "PATH",
    "PORT",
    "RATE_LIMIT",
    "REDIRECT_TO_HTTPS",
    "REDISPATCH",
    "RETRIES",
    "SNI_PASSTHROUGH",
    "SSL_CERT",
    "STICKY",
    "TIMEOUT_CLIENT",
    "TIMEOUT_CONNECT",
    "TIMEOUT_HTTP_KEEP_ALIVE",
    "TIMEOUT_HTTP_REQUEST",
    "TIMEOUT_QUEUE",
    "TIMEOUT_SERVER",
    "TIMEOUT_TUNNEL",
    "TRAFFIC_SHARE",
    "TRAFFIC_SHARE_STICKY",
    "USE_HSTS",
    "VHOST",
  ]);
});

Deno.test("labelTable: no label has two meanings", () => {
  const overrides = (templateTable as readonly TemplateRow[]).filter((row) =>
    row.scope === "service" && row.label !== false
  );
  const both = overrides.filter((row) => names("service").includes(row.name));
  assert.deepEqual(both, []);
});
