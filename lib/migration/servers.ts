import type { Difference, SectionDifference } from "./report.ts";
import type { Server } from "./sections.ts";

const tasks =
  "If the app was just scaled or deployed, compare again; else check --health-check, --group and the " +
  "task's state in Marathon.";

/** Balancing by hash without `hash-type consistent` goes by the order of the servers (section 4.2 of the manual, "balance"). */
const goesByOrder = /^balance (?:source|uri|url_param|hdr|rdp-cookie|hash)\b/;

/**
 * How the servers of a backend differ, by address.
 *
 * @param balance the `balance` and `hash-type` lines in effect after
 */
export function compareServers(
  oldLines: readonly Server[],
  newLines: readonly Server[],
  balance: readonly string[] = [],
): SectionDifference[] {
  const [before, after] = [mergeLines(oldLines, newLines), mergeLines(newLines, oldLines)];
  const rest = [...after];
  const found: SectionDifference[] = compareLines(oldLines, newLines);
  const places: number[] = [];
  for (const server of before) {
    const same = rest.filter(({ address }) => address === server.address);
    const other = same.find(({ name }) => name === server.name) ?? same[0];
    if (!other) {
      found.push({
        kind: "lost",
        what: `server ${server.address}`,
        before: describe(server),
        meaning: "The old one sends requests to this task, the new one does not.",
        advice: tasks,
      });
      continue;
    }
    rest.splice(rest.indexOf(other), 1);
    places.push(after.indexOf(other));
    found.push(...compareServer(server, other));
  }
  found.push(...rest.map((server): SectionDifference => ({
    kind: "added",
    what: `server ${server.address}`,
    after: describe(server),
    meaning: "The new one sends requests to this task, the old one does not.",
    advice: tasks,
  })));
  const matters = balance.some((line) => goesByOrder.test(line)) && !balance.includes("hash-type consistent");
  if (matters && places.some((place, index) => index > 0 && place < places[index - 1]!)) {
    const moved = !sameTies(before, after);
    found.push({
      kind: moved ? "changed" : "intended",
      ...(moved ? {} : { intended: ["serverOrder"] }),
      what: "server, their order",
      before: before.map(({ address }) => address).join(" "),
      after: after.map(({ address }) => address).join(" "),
      meaning: "With this balance the order decides which server each client gets.",
      advice: "None, if clients may change their server once; hash-type consistent keeps their servers.",
    });
  }
  return found;
}

function lineKey({ name, address }: Server): string {
  return `${name} ${address}`;
}

/**
 * Each server once, of those that have more lines on one side than on the other. After a configuration that HAProxy
 * refuses, the old program repeats the lines of tasks of blue/green deployments. Of several lines one that is not
 * disabled gets requests.
 */
function mergeLines(servers: readonly Server[], others: readonly Server[]): Server[] {
  const theirs = Map.groupBy(others, lineKey);
  return [...Map.groupBy(servers, lineKey)].flatMap(([key, lines]) =>
    (theirs.get(key)?.length ?? 1) === lines.length
      ? lines
      : [{ ...lines[0]!, disabled: lines.every(({ disabled }) => disabled) }]
  );
}

/** The servers that both have, and that have more lines on one side. */
function compareLines(before: readonly Server[], after: readonly Server[]): SectionDifference[] {
  const fresh = Map.groupBy(after, lineKey);
  return [...Map.groupBy(before, lineKey)].flatMap(([key, lines]): SectionDifference[] => {
    const others = fresh.get(key);
    if (!others || others.length === lines.length) return [];
    const count = (number: number) => `${number} line${number === 1 ? "" : "s"}`;
    return [{
      kind: "changed",
      what: `server ${lines[0]!.address}, its lines`,
      before: count(lines.length),
      after: count(others.length),
      meaning: "A task gets requests for each of its lines, so the other tasks get a smaller part.",
      advice: "None, if the old one repeats it: it does so after an app that its HAProxy refuses.",
    }];
  });
}

function compareServer(before: Server, after: Server): SectionDifference[] {
  const what = `server ${before.address}`;
  const found: SectionDifference[] = [];
  if (before.disabled !== after.disabled) {
    found.push({
      kind: "changed",
      what,
      before: before.disabled ? "disabled" : "enabled",
      after: after.disabled ? "disabled" : "enabled",
      meaning: `${after.disabled ? "The old" : "The new"} one sends it new requests, the other drains it.`,
      advice: "Wait for the end of the blue/green deployment, and compare again.",
    });
  }
  if (before.name !== after.name) {
    found.push({
      kind: "changed",
      what,
      before: `name ${before.name}`,
      after: `name ${after.name}`,
      meaning: "Its name in statistics and dashboards differs.",
      advice: "Check templates that write server lines (BACKEND_SERVER_OPTIONS).",
    });
  }
  const lost = before.options.filter((option) => !after.options.includes(option));
  const added = after.options.filter((option) => !before.options.includes(option));
  if (lost.length + added.length > 0) {
    found.push({
      kind: "changed",
      what,
      before: lost.join(" ") || "(without)",
      after: added.join(" ") || "(without)",
      meaning: "Its check, weight or cookie differs.",
      advice: "Check the health checks of the app and the templates that write server lines.",
    });
  }
  return found;
}

/** Whether the servers that both have come in one order of hosts and ports. */
function sameTies(before: readonly Server[], after: readonly Server[]): boolean {
  const both = (servers: readonly Server[], others: readonly Server[]) => {
    const addresses = new Set(others.map(({ address }) => address));
    return servers.filter(({ address }) => addresses.has(address)).map(tie).join();
  };
  return both(before, after) === both(after, before);
}

/**
 * What is the same for servers of one host and port. The old program orders these by a hash table that changes with
 * each start.
 */
function tie({ name, address }: Server): string {
  const [, ip = "", port = ""] = /^(.*):(\d+)$/.exec(address) ?? [];
  const tail = `_${ip}_${port}`.replaceAll(/[^a-zA-Z0-9-]/g, "_");
  return `${name.endsWith(tail) ? name.slice(0, -tail.length) : name}:${port}`;
}

function describe({ name, options, disabled }: Server): string {
  return [name, ...options, ...(disabled ? ["disabled"] : [])].join(" ");
}

/**
 * Gathers what leads to a backend that is on one side only: its frontend, its userlist, and the rules and map entries
 * that name it. One difference stands for all of these.
 */
export function gatherBackends(differences: readonly Difference[]): Difference[] {
  const whole = differences.filter(isWholeBackend);
  const counts = new Map<Difference, number>(whole.map((backend) => [backend, 0]));
  const byName = new Map(whole.map((backend) => [`${backend.kind} ${nameOf(backend)}`, backend]));
  const rest = differences.filter((difference) => {
    const owner = isWholeBackend(difference) ? undefined : ownerOf(difference, byName);
    if (owner) counts.set(owner, counts.get(owner)! + 1);
    return !owner;
  });
  return rest.map((difference) => {
    const others = counts.get(difference) ?? 0;
    if (others === 0) return difference;
    return {
      ...difference,
      what: `the whole backend, and ${others} rule${others === 1 ? "" : "s"} or sections of it`,
    };
  });
}

function isWholeBackend({ kind, section, what }: Difference): boolean {
  return section.startsWith("backend ") && what === "the whole section" &&
    (kind === "lost" || kind === "added");
}

function nameOf({ section }: Difference): string {
  return section.replace(/^\S+ /, "");
}

function ownerOf(
  { kind, section, what, before, after }: Difference,
  backends: ReadonlyMap<string, Difference>,
): Difference | undefined {
  const text = before ?? after ?? "";
  const [, target] = /^use_backend (\S+)/.exec(text) ?? [];
  const [, login] = /\bhttp_auth\(user_([^)]+)\)/.exec(text) ?? [];
  const own = what === "the whole section"
    ? section.replace(/^\S+ (?:user_)?/, "").replace(/_in$/, "")
    : undefined;
  const inMap = section.endsWith(".map") ? text : undefined;
  for (const name of [own, target, login, inMap]) {
    const backend = name === undefined ? undefined : backends.get(`${kind} ${name}`);
    if (backend) return backend;
  }
  return undefined;
}
