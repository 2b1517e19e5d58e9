import type { Difference } from "./Difference.ts";
import type { Server } from "./Server.ts";

type Found = Omit<Difference, "section">;

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
  before: readonly Server[],
  after: readonly Server[],
  balance: readonly string[] = [],
): Found[] {
  const rest = [...after];
  const found: Found[] = [];
  const places: number[] = [];
  for (const server of before) {
    const same = rest.filter(({ address }) => address === server.address);
    const other = same.find(({ name }) => name === server.name) ?? same[0];
    if (!other) {
      found.push({
        kind: "lost",
        what: `server ${server.address}`,
        before: describe(server),
        meaning: "The old one sends requests to this task, the new one would not.",
        advice: tasks,
      });
      continue;
    }
    rest.splice(rest.indexOf(other), 1);
    places.push(after.indexOf(other));
    found.push(...compareServer(server, other));
  }
  found.push(...rest.map((server): Found => ({
    kind: "added",
    what: `server ${server.address}`,
    after: describe(server),
    meaning: "The new one would send requests to this task, the old one does not.",
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
      meaning: "With this balance the order decides who is served by which server.",
      advice: "Nothing, if clients may change their server once; hash-type consistent would keep them.",
    });
  }
  return found;
}

function compareServer(before: Server, after: Server): Found[] {
  const what = `server ${before.address}`;
  const found: Found[] = [];
  if (before.disabled !== after.disabled) {
    found.push({
      kind: "changed",
      what,
      before: before.disabled ? "disabled" : "enabled",
      after: after.disabled ? "disabled" : "enabled",
      meaning: `${
        after.disabled ? "The old" : "The new"
      } one sends it new requests, the other one drains it.`,
      advice: "Wait for the end of the blue/green deployment, and compare again.",
    });
  }
  if (before.name !== after.name) {
    found.push({
      kind: "changed",
      what,
      before: `name ${before.name}`,
      after: `name ${after.name}`,
      meaning: "Statistics and dashboards know it by another name.",
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
      meaning: "It is checked, weighted or found again by its cookie in another way.",
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

/** Servers of one host and port: the old one has them in the order of a hash table, another one after each start. */
function tie({ name, address }: Server): string {
  const [, ip = "", port = ""] = /^(.*):(\d+)$/.exec(address) ?? [];
  const tail = `_${ip}_${port}`.replaceAll(/[^a-zA-Z0-9-]/g, "_");
  return `${name.endsWith(tail) ? name.slice(0, -tail.length) : name}:${port}`;
}

function describe({ name, options, disabled }: Server): string {
  return [name, ...options, ...(disabled ? ["disabled"] : [])].join(" ");
}
