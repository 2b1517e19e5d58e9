import { integerOf, isObject, type JsonObject, listOf, objectOf, textOf } from "../json.ts";
import { quoted } from "../text.ts";
import { certificateAdvice, wildcardNote } from "./autoPools.ts";
import {
  type EdgeApp,
  type EdgeBackend,
  type EdgeConditions,
  type EdgeFrontend,
  type EdgeProtocol,
  type EdgeRoute,
  type EdgeRoutes,
  indexOfPort,
  readConditions,
  readProtocol,
  readRewriting,
  type Untranslated,
} from "./routes.ts";

/** Members of a pool (API V2) that say where and how its load balancers run (Edge-LB, "V2 Pool Reference"). */
const aboutThePool = new Set(
  ("namespace packageName packageVersion role principal secretName cpus cpusAdminOverhead mem memAdminOverhead disk count " +
    "constraints ports secrets environmentVariables autoCertificate virtualNetworks poolHealthcheckGracePeriod " +
    "poolHealthcheckInterval poolHealthcheckMaxFail poolHealthcheckTimeout cloudProvider").split(" "),
);

const lines =
  "it is text for HAProxy: a template label such as HAPROXY_{n}_BACKEND_HTTP_OPTIONS, or a template of " +
  "the operator can have it";
const byChecks = "HAProxy checks tasks by the health checks of the app: write one there";

/**
 * The routes that a pool asks for, in the version V2 of the API. Members that it does not know are listed as lost.
 *
 * @param value the pool's JSON
 * @param apps the apps that it may name, by id
 * @throws {TypeError} when it is no such pool: one sentence
 */
export function readPool(value: unknown, apps: ReadonlyMap<string, EdgeApp>): EdgeRoutes {
  if (!isObject(value) || !isObject(value.haproxy)) {
    throw new TypeError("expected a pool of Edge-LB: an object with the members name and haproxy");
  }
  const { name: named, apiVersion, haproxy } = value;
  if (apiVersion !== undefined && apiVersion !== "V2") {
    throw new TypeError(`its apiVersion is ${quoted(apiVersion)}; expected "V2"`);
  }
  const reading: Reading = { pool: textOf(named) ?? "pool", apps, untranslated: [] };
  const { stats, frontends, backends } = haproxy;
  refuseOthers(value, ["apiVersion", "name", "haproxy", ...aboutThePool], "", reading);
  for (const member of Object.keys(value).filter((name) => aboutThePool.has(name))) {
    lose(
      reading,
      member,
      "it says where and how the pool runs, which the app definition of marathon-lb does",
    );
  }
  refuseOthers(haproxy, ["stats", "frontends", "backends"], "haproxy", reading);
  if (stats !== undefined) lose(reading, "haproxy.stats", "--admin-bind sets the address of the statistics");
  const found = new Map(
    listOf(backends).map(objectOf).map((backend, at) => [
      textOf(backend.name) ?? "",
      readBackend(backend, `haproxy.backends[${at}]`, reading),
    ]),
  );
  const routes = listOf(frontends).map(objectOf).flatMap((frontend, at) =>
    readFrontend(frontend, `haproxy.frontends[${at}]`, found, reading)
  );
  return { routes, untranslated: reading.untranslated };
}

interface Reading {
  readonly pool: string;
  readonly apps: ReadonlyMap<string, EdgeApp>;
  readonly untranslated: Untranslated[];
}

function lose(
  { pool, untranslated }: Reading,
  member: string,
  why: string,
  kind: Untranslated["kind"] = "lost",
): void {
  untranslated.push({ kind, subject: `${pool}: ${member}`, why });
}

/** Lists members beside those that are known. */
function refuseOthers(value: JsonObject, known: readonly string[], path: string, reading: Reading): void {
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      lose(reading, path === "" ? name : `${path}.${name}`, "it is no member that is known");
    }
  }
}

/** Lists members that no label does, by the reason, where they say something. */
function loseGiven(
  value: JsonObject,
  reasons: Readonly<Record<string, string>>,
  path: string,
  reading: Reading,
): void {
  for (const [name, why] of Object.entries(reasons)) {
    const given = value[name];
    const isEmpty = given === undefined || given === null || given === "" || given === false ||
      Array.isArray(given) && given.length === 0 || isObject(given) && Object.keys(given).length === 0;
    if (!isEmpty) lose(reading, `${path}.${name}`, why);
  }
}

/** A backend, with the service that its tasks are of. */
interface Target {
  readonly backend: EdgeBackend;
  readonly app: EdgeApp;
  readonly index: number;
}

function readBackend(value: JsonObject, path: string, reading: Reading): Target | undefined {
  const known = ["name", "protocol", "rewriteHttp", "balance", "customCheck", "miscStrs", "services"];
  refuseOthers(value, known, path, reading);
  loseGiven(value, { customCheck: byChecks, miscStrs: lines }, path, reading);
  const protocol = readProtocol(textOf(value.protocol) ?? "");
  if (protocol === undefined) {
    lose(reading, `${path}.protocol`, "expected HTTP, HTTPS, TCP or TLS");
    return undefined;
  }
  const [service, ...others] = listOf(value.services).map(objectOf);
  if (service === undefined) {
    lose(reading, `${path}.services`, "it has no service");
    return undefined;
  }
  for (const at of others.keys()) {
    const why =
      "a service of marathon-lb has one app; HAPROXY_{n}_TRAFFIC_SHARE on each app gives each its part";
    lose(reading, `${path}.services[${at + 1}]`, why);
  }
  const target = readService(service, `${path}.services[0]`, reading);
  const balance = textOf(value.balance);
  const backend = {
    subject: `${reading.pool}: ${path}`,
    protocol,
    ...balance ? { balance } : {},
    ...readRewriteHttp(value.rewriteHttp, protocol, `${path}.rewriteHttp`, reading),
  };
  return target && { ...target, backend };
}

function readRewriteHttp(
  given: unknown,
  protocol: EdgeProtocol,
  path: string,
  reading: Reading,
): Pick<EdgeBackend, "sticky" | "prefix" | "rewritesLocation"> {
  const none = { sticky: false, rewritesLocation: false };
  // Edge-LB ignores it for other protocols.
  if (!isObject(given) || (protocol !== "HTTP" && protocol !== "HTTPS")) return none;
  refuseOthers(given, ["host", "path", "request", "response", "sticky"], path, reading);
  const request = objectOf(given.request);
  const response = objectOf(given.response);
  refuseOthers(response, ["rewriteLocation"], `${path}.response`, reading);
  for (const [name, value] of Object.entries(request)) {
    const always = ["forwardfor", "xForwardedPort", "xForwardedProtoHttpsIfTls"].includes(name);
    if (always && value === false) {
      lose(reading, `${path}.request.${name}`, "backends always send this header");
    } else if (!always && !["setHostHeader", "rewritePath"].includes(name)) {
      lose(reading, `${path}.request.${name}`, "it is no member that is known");
    }
  }
  if (given.host && request.setHostHeader !== false) {
    const why = "no label sets the Host header; the template HAPROXY_{n}_BACKEND_HTTP_OPTIONS can";
    lose(reading, `${path}.host`, why);
  }
  const sticky = isObject(given.sticky) && given.sticky.enabled !== false;
  if (sticky && objectOf(given.sticky).customStr) {
    lose(reading, `${path}.sticky.customStr`, "the cookie has its own name and options here", "differs");
  }
  const { fromPath, toPath } = objectOf(given.path);
  const [from, to] = [textOf(fromPath), textOf(toPath)];
  const rewriting = from === undefined || to === undefined || request.rewritePath === false
    ? {}
    : readRewriting(from, to);
  if ("why" in rewriting) lose(reading, `${path}.path`, rewriting.why);
  return {
    sticky,
    rewritesLocation: response.rewriteLocation !== false,
    ..."prefix" in rewriting ? { prefix: rewriting.prefix } : {},
  };
}

function readService(
  value: JsonObject,
  path: string,
  reading: Reading,
): Pick<Target, "app" | "index"> | undefined {
  refuseOthers(value, ["marathon", "mesos", "endpoint"], path, reading);
  const endpoint = objectOf(value.endpoint);
  const { type = "AUTO_IP", check, miscStr } = endpoint;
  refuseOthers(
    endpoint,
    ["type", "miscStr", "check", "address", "port", "portName", "allPorts"],
    `${path}.endpoint`,
    reading,
  );
  if (type === "ADDRESS") {
    lose(reading, `${path}.endpoint.type`, "it is an address, not an app; --static-apps serves addresses");
    return undefined;
  }
  if (type !== "AUTO_IP") {
    const why = "the networking of the app decides whether its tasks have addresses of their own";
    lose(reading, `${path}.endpoint.type`, why, "differs");
  }
  loseGiven(objectOf(check), { customStr: byChecks }, `${path}.endpoint.check`, reading);
  if (miscStr) {
    const isWeight = /^\s*weight\s+\d+\s*$/.test(textOf(miscStr) ?? "");
    lose(
      reading,
      `${path}.endpoint.miscStr`,
      isWeight ? "HAPROXY_{n}_TRAFFIC_SHARE sets the part of an app" : lines,
    );
  }
  const id = appIdOf(value, path, reading);
  if (id === undefined) return undefined;
  const app = reading.apps.get(id);
  if (!app) {
    lose(reading, `${path}.marathon`, `Marathon has no app ${id}; pods are not translated`);
    return undefined;
  }
  const portName = textOf(endpoint.portName);
  const isOnly = app.ports.length === 1 && endpoint.allPorts !== true;
  if (portName === undefined && !isOnly) {
    lose(reading, `${path}.endpoint`, `expected a portName: ${id} has ${app.ports.length} ports`);
    return undefined;
  }
  const index = indexOfPort(app, portName);
  if (typeof index === "number") return { app, index };
  lose(reading, `${path}.endpoint.portName`, index);
  return undefined;
}

/** The id of the app whose tasks are meant; patterns are not followed. */
function appIdOf(value: JsonObject, path: string, reading: Reading): string | undefined {
  const marathon = objectOf(value.marathon);
  const mesos = objectOf(value.mesos);
  const serviceId = textOf(marathon.serviceID);
  if (serviceId !== undefined && Object.keys(marathon).length === 1 && Object.keys(mesos).length === 0) {
    return serviceId.startsWith("/") ? serviceId : `/${serviceId}`;
  }
  const { frameworkName, taskName, ...others } = mesos;
  const name = textOf(taskName);
  if (
    frameworkName === "marathon" && name !== undefined && Object.keys({ ...others, ...marathon }).length === 0
  ) {
    // Marathon names a task after the id of its app, the last part first.
    return `/${name.split(".").reverse().join("/")}`;
  }
  lose(
    reading,
    path,
    "expected marathon.serviceID alone: patterns, pods and tasks of other frameworks are no apps",
  );
  return undefined;
}

function readFrontend(
  value: JsonObject,
  path: string,
  backends: ReadonlyMap<string, Target | undefined>,
  reading: Reading,
): EdgeRoute[] {
  const known = [
    "name",
    "bindAddress",
    "bindPort",
    "bindModifier",
    "certificates",
    "redirectToHttps",
    "miscStrs",
  ];
  refuseOthers(value, [...known, "protocol", "linkBackend"], path, reading);
  const reasons = {
    bindModifier: "--http-bind, --https-bind and HAPROXY_{n}_BIND_OPTIONS have such options",
  };
  loseGiven(value, { ...reasons, miscStrs: lines }, path, reading);
  const protocol = readProtocol(textOf(value.protocol) ?? "");
  const port = integerOf(value.bindPort);
  if (protocol === undefined || port === undefined || port < 1 || port > 65_535) {
    lose(reading, path, "expected a protocol HTTP, HTTPS, TCP or TLS, and a bindPort from 1 to 65535");
    return [];
  }
  const certificates = listOf(value.certificates).map(String).filter((one) => one !== "$AUTOCERT");
  if (certificates.length > 0) lose(reading, `${path}.certificates`, certificateAdvice(certificates));
  const redirect = value.redirectToHttps;
  if (listOf(objectOf(redirect).except).length > 0) {
    const why = "exceptions have no label: these requests are redirected too";
    lose(reading, `${path}.redirectToHttps.except`, why);
  }
  const address = textOf(value.bindAddress);
  const frontend: EdgeFrontend = {
    protocol,
    port,
    redirects: isObject(redirect),
    ...address === undefined || address === "0.0.0.0" || address === "" ? {} : { address },
  };
  const { map, defaultBackend, ...others } = objectOf(value.linkBackend);
  refuseOthers(others, [], `${path}.linkBackend`, reading);
  const rules = listOf(map).map(objectOf).map((rule, at) => ({ rule, at: `${path}.linkBackend.map[${at}]` }));
  if (defaultBackend) {
    rules.push({ rule: { backend: defaultBackend }, at: `${path}.linkBackend.defaultBackend` });
  }
  const routes = rules.flatMap(({ rule, at }) => readRule(rule, at, frontend, backends, reading));
  return routes.filter((route, rank) => {
    const covering = routes.slice(0, rank).find((other) => covers(other, route));
    if (covering) {
      lose(reading, route.subject.slice(reading.pool.length + 2), "an earlier rule has all its requests");
    }
    return !covering;
  });
}

/** Whether all requests of a rule are those of one before it. */
function covers(one: EdgeRoute, other: EdgeRoute): boolean {
  return (one.host === undefined || one.host === other.host) &&
    (one.path === undefined || other.path?.startsWith(one.path) === true);
}

function readRule(
  { backend: name, ...rest }: JsonObject,
  at: string,
  frontend: EdgeFrontend,
  backends: ReadonlyMap<string, Target | undefined>,
  reading: Reading,
): EdgeRoute[] {
  const { pool } = reading;
  const backend = textOf(name) ?? "";
  if (!backends.has(backend)) {
    lose(reading, at, `there is no backend of the name ${quoted(backend)}`);
    return [];
  }
  const target = backends.get(backend);
  // What the backend lacks is listed where it stands.
  if (!target) return [];
  const conditions = Object.fromEntries(
    Object.entries(rest).filter((entry): entry is [string, string] =>
      typeof entry[1] === "string" && entry[1] !== ""
    ),
  ) satisfies EdgeConditions;
  const read = readConditions(conditions);
  if ("why" in read) {
    lose(reading, at, read.why);
    return [];
  }
  if (read.isWildcard) lose(reading, `${at}.hostReg`, wildcardNote, "differs");
  const { host, path } = read;
  return [{
    ...target,
    frontend,
    ...host === undefined ? {} : { host },
    ...path === undefined ? {} : { path },
    subject: `${pool}: ${at}`,
  }];
}
