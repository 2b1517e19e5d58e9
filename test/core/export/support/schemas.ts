import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

/**
 * The parts of published schemas that an export uses, with the limits, patterns and required members of those: Kubernetes'
 * OpenAPI and validation (v1 Service, discovery.k8s.io/v1, networking.k8s.io/v1), and the CRDs of Gateway API v1. Other
 * members than those an export writes are refused, so that none slips in unchecked.
 */
const label = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
const subdomain = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
const host = {
  type: "string",
  minLength: 1,
  maxLength: 253,
  pattern: `^(\\*\\.)?${subdomain.slice(1)}`,
  not: { pattern: "^[0-9.]+$" },
};
const port = { type: "integer", minimum: 1, maximum: 65535 };
const name = { type: "string", maxLength: 63, pattern: label };
const serviceName = { type: "string", maxLength: 63, pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$" };
const qualifiedName =
  "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";

function object(properties: Record<string, unknown>, required: readonly string[] = Object.keys(properties)) {
  return { type: "object", properties, required, additionalProperties: false };
}

function list(items: unknown, maxItems: number, minItems = 1) {
  return { type: "array", items, minItems, maxItems };
}

function texts(values: unknown) {
  return { type: "object", propertyNames: { pattern: qualifiedName }, additionalProperties: values };
}

function kind(
  apiVersion: string,
  kindName: string,
  members: Record<string, unknown>,
  nameOf: unknown = name,
) {
  const metadata = object({
    name: nameOf,
    labels: texts({
      type: "string",
      maxLength: 63,
      pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$",
    }),
    annotations: texts({ type: "string" }),
  }, ["name"]);
  return object({ apiVersion: { const: apiVersion }, kind: { const: kindName }, metadata, ...members });
}

const gateway = "gateway.networking.k8s.io/v1";
const weight = { type: "integer", minimum: 0, maximum: 1_000_000 };
const backendRefs = list(object({ name: serviceName, port, weight }, ["name", "port"]), 16);
const parentRefs = list(object({ name, sectionName: { ...name, pattern: subdomain } }), 32);
const path = object({
  type: { enum: ["PathPrefix", "Exact"] },
  value: {
    type: "string",
    maxLength: 1024,
    pattern: "^/(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$",
    not: { pattern: "//|/\\./|/\\.\\./|%2f|%2F|/\\.\\.$|/\\.$" },
  },
});
const precise = { type: "string", maxLength: 253, pattern: subdomain };
const replaced = {
  oneOf: [
    object({ type: { const: "ReplaceFullPath" }, replaceFullPath: { type: "string", maxLength: 1024 } }),
    object({
      type: { const: "ReplacePrefixMatch" },
      replacePrefixMatch: { type: "string", maxLength: 1024 },
    }),
  ],
};
const redirect = object({
  type: { const: "RequestRedirect" },
  requestRedirect: object({
    scheme: { enum: ["http", "https"] },
    hostname: precise,
    port,
    path: replaced,
    statusCode: { enum: [301, 302, 303, 307, 308] },
  }, []),
});
const rewrite = object({
  type: { const: "URLRewrite" },
  urlRewrite: { ...object({ hostname: precise, path: replaced }, []), minProperties: 1 },
});
const header = object({
  type: { const: "ResponseHeaderModifier" },
  responseHeaderModifier: object({
    set: list(object({ name: { type: "string" }, value: { type: "string" } }), 16),
  }),
});
const httpRule = object(
  {
    matches: list(object({ path }), 64),
    filters: list({ oneOf: [redirect, rewrite, header] }, 16),
    backendRefs,
  },
  ["matches"],
);
const reference = (kindName: string) => object({ group: { const: "" }, kind: { const: kindName }, name });
const appProtocol = { type: "string", pattern: qualifiedName };
const portMembers = { name, protocol: { const: "TCP" }, port };

const schemas = [
  kind("v1", "Service", {
    spec: object({
      ipFamilyPolicy: { enum: ["SingleStack", "PreferDualStack", "RequireDualStack"] },
      ports: list(
        object({ ...portMembers, appProtocol, targetPort: port }, ["name", "protocol", "port", "targetPort"]),
        1,
      ),
    }, ["ports"]),
  }, serviceName),
  kind("discovery.k8s.io/v1", "EndpointSlice", {
    addressType: { enum: ["IPv4", "IPv6"] },
    ports: list(object({ ...portMembers, appProtocol }, ["name", "protocol", "port"]), 100),
    endpoints: list(
      object({
        addresses: list({ type: "string", not: { pattern: "^127\\.|^169\\.254\\.|^::1$|^fe80" } }, 1),
        conditions: object({
          ready: { type: "boolean" },
          serving: { type: "boolean" },
          terminating: { type: "boolean" },
        }),
      }),
      1000,
      0,
    ),
  }),
  kind("networking.k8s.io/v1", "Ingress", {
    spec: object({
      ingressClassName: { type: "string", pattern: subdomain },
      tls: list(object({ hosts: list(host, 10_000), secretName: name }), 10_000),
      rules: list(
        object({
          host,
          http: object({
            paths: list(
              object({
                path: path.properties.value,
                pathType: { enum: ["Prefix", "Exact", "ImplementationSpecific"] },
                backend: object({ service: object({ name: serviceName, port: object({ number: port }) }) }),
              }),
              10_000,
            ),
          }),
        }),
        10_000,
      ),
    }),
  }),
  kind(gateway, "Gateway", {
    spec: object({
      gatewayClassName: { type: "string", maxLength: 253, pattern: subdomain },
      listeners: list(
        {
          ...object({
            name: { type: "string", maxLength: 253, pattern: subdomain },
            port,
            protocol: { enum: ["HTTP", "HTTPS", "TCP", "TLS"] },
            hostname: host,
            tls: {
              oneOf: [
                object({ mode: { const: "Passthrough" } }),
                object({
                  mode: { const: "Terminate" },
                  certificateRefs: list(object({ kind: { const: "Secret" }, name }), 64),
                }),
              ],
            },
          }, ["name", "port", "protocol"]),
          // As the CRD's rules: a plain listener has no TLS, one of HTTPS decrypts, and only those of names have hosts.
          allOf: [
            {
              if: { properties: { protocol: { enum: ["HTTP", "TCP"] } } },
              then: { not: { required: ["tls"] } },
            },
            { if: { properties: { protocol: { enum: ["HTTPS", "TLS"] } } }, then: { required: ["tls"] } },
            { if: { properties: { protocol: { const: "TCP" } } }, then: { not: { required: ["hostname"] } } },
          ],
        },
        64,
      ),
    }),
  }),
  kind(gateway, "HTTPRoute", {
    spec: object({ parentRefs, hostnames: list(host, 16), rules: list(httpRule, 16) }, [
      "parentRefs",
      "rules",
    ]),
  }),
  kind(gateway, "TLSRoute", {
    spec: object({ parentRefs, hostnames: list(host, 1024), rules: list(object({ backendRefs }), 1) }),
  }),
  kind(gateway, "TCPRoute", {
    spec: object({ parentRefs, rules: list(object({ backendRefs }), 1) }),
  }),
  kind(gateway, "BackendTLSPolicy", {
    spec: object({
      targetRefs: list(reference("Service"), 16),
      validation: {
        oneOf: [
          object({ hostname: precise, wellKnownCACertificates: { const: "System" } }),
          object({ hostname: precise, caCertificateRefs: list(reference("ConfigMap"), 8) }),
        ],
      },
    }),
  }),
];

const ajv = new Ajv({ allErrors: true, strict: false });
const validators: ReadonlyMap<string, ValidateFunction> = new Map(
  schemas.map((schema) => [(schema.properties.kind as { const: string }).const, ajv.compile(schema)]),
);

/** Why an object is refused; undefined where it is as the schema of its kind has it. */
export function whyRefused(one: { readonly kind: string }): string | undefined {
  const validate = validators.get(one.kind);
  if (validate === undefined) return `there is no schema of ${one.kind}`;
  if (validate(one)) return undefined;
  return (validate.errors ?? []).map(({ instancePath, message, params }: ErrorObject) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`
  ).join("; ");
}
