import { createHash } from "node:crypto";
import type { Service } from "../model/service.ts";
import { sectionOf } from "../templates/ownSections.ts";
import { compareText } from "../text.ts";
import type { Chunk } from "./configuration.ts";
import type { ServiceNames } from "./names.ts";

/**
 * Keywords that mean the same in a named `defaults` section as in a backend that begins from it. A backend that is added
 * at run time has their effect too. The source is the table in section 4.1 of HAProxy's configuration manual (3.4). Of it, this
 * list lacks what a backend that is added at run time does not set up: `compression`, `default-server`, `email-alert`,
 * `stats` and those that name other sections. `guid` and `description` belong to one backend alone.
 */
const shareable = new Set([
  ...["backlog", "balance", "clitcpka-cnt", "clitcpka-idle", "clitcpka-intvl", "cookie", "errorfile"],
  ...["errorloc", "errorloc302", "errorloc303", "fullconn", "hash-balance-factor", "hash-preserve-affinity"],
  ...["hash-type", "http-check", "http-reuse"],
  ...["http-send-name-header", "load-server-state-from-file", "log", "log-tag", "max-keep-alive-queue"],
  ...["max-session-srv-conns", "maxconn", "mode", "option", "retries", "retry-on", "source", "srvtcpka-cnt"],
  ...["srvtcpka-idle", "srvtcpka-intvl", "tcp-check", "timeout"],
]);

/** Keywords of rules, and the words between them and their actions. */
const rules: ReadonlyMap<string, RegExp> = new Map([
  ["http-after-response", /^/],
  ["http-request", /^/],
  ["http-response", /^/],
  ["tcp-request", /^content\s+/],
  ["tcp-response", /^content\s+/],
]);

/** Actions that need nothing else of their section: no filter, no table, no resolver. */
const actions = new Set([
  ...["accept", "add-header", "allow", "auth", "close", "del-header", "deny", "redirect", "reject"],
  ...[
    "replace-header",
    "replace-path",
    "replace-pathq",
    "replace-uri",
    "replace-value",
    "return",
    "set-header",
  ],
  ...[
    "set-log-level",
    "set-method",
    "set-path",
    "set-pathq",
    "set-query",
    "set-status",
    "set-timeout",
    "set-uri",
  ],
  ...["set-var", "set-var-fmt", "silent-drop", "tarpit", "unset-var"],
]);

/** Values that HAProxy reads from the section of the rule, or from a table of it, unless the line names another one. */
const ofSection = /\b(?:nbsrv|connslots|(?:avg_)?queue|be_\w+|srv_\w+|(?:in_)?table\w*|sc\d?_\w+|src_\w+)\b/;

/** A line whose first word is plain: quotes, escapes and variables could hide another. */
const plain = /^[ \t]+([a-z][a-z0-9-]*)(?:[ \t]+(\S.*))?$/;

/** Whether a line of a section can stand in a named `defaults` section. */
export function isShareable(line: string): boolean {
  const [, word = "", rest = ""] = plain.exec(line) ?? [];
  // The next line would continue it.
  if (line.endsWith("\\")) return false;
  if (word === "no") return /^(?:log|option)\b/.test(rest);
  if (word === "acl") return !ofSection.test(rest);
  const before = rules.get(word);
  if (!before) return shareable.has(word) && !/^transparent\b/.test(rest);
  if (word.startsWith("tcp-") && /^inspect-delay\s/.test(rest)) return true;
  const [, action = ""] = before.test(rest) ? /^([a-z-]+)/.exec(rest.replace(before, "")) ?? [] : [];
  return actions.has(action) && !ofSection.test(rest);
}

/** The section of a backend in two parts. */
export interface SplitBackend {
  /** What others may have in common with it: all lines but its head and its servers. */
  readonly body: string;
  /** Its servers, and what belongs to it alone. */
  readonly own: string;
}

/**
 * Takes a backend apart; undefined where some line has to stand in the backend itself.
 *
 * @param section the whole backend
 * @param name of the backend
 * @param names texts that are of use to this service alone, such as its app's id. A body with one of them stays whole
 */
export function splitBackend(
  section: string,
  name: string,
  names: readonly string[],
): SplitBackend | undefined {
  const lines = section.split("\n").filter((line) => line.trim() !== "");
  if (lines[0]?.trimEnd() !== `backend ${name}`) return undefined;
  let [body, own] = ["", ""];
  for (const line of lines.slice(1)) {
    if (/^[ \t]+(?:server|guid)[ \t]/.test(line) && !line.endsWith("\\")) own += `${line}\n`;
    else if (isShareable(line)) body += `${line}\n`;
    else return undefined;
  }
  return body === "" || names.some((own) => body.includes(own)) ? undefined : { body, own };
}

/** A named `defaults` section, from which backends begin. */
export interface Body {
  /** Follows from the text alone: the same name is the same settings. */
  readonly name: string;
  readonly text: string;
}

/**
 * The bodies of backends as named `defaults` sections. Each repeats what backends inherit from `HEAD`, because a section
 * inherits from one `defaults` alone (configuration manual, section 4). HAProxy 3.4 can add a backend that begins from
 * one at run time (management guide, "add backend").
 */
export class Bodies {
  readonly #inherited: string | undefined;
  readonly #made = new Map<string, Body>();

  /** @param head the rendered `HEAD` */
  constructor(head: string) {
    this.#inherited = inheritedFrom(head);
  }

  /** Those that were asked for, in the order of their names. */
  get made(): Body[] {
    return [...this.#made.values()].sort((a, b) => compareText(a.name, b.name));
  }

  /** The section for a body; undefined where `HEAD` has defaults that cannot be repeated. */
  of(body: string): Body | undefined {
    if (this.#inherited === undefined) return undefined;
    const known = this.#made.get(body);
    if (known) return known;
    const content = this.#inherited + body;
    // HAProxy wants it to say so (management guide, "add backend").
    if (!/^[ \t]+mode[ \t]+(?:http|tcp)[ \t]*$/m.test(body)) return undefined;
    // So long that no label can make two bodies share a name.
    const name = `body_${createHash("sha256").update(content).digest("hex").slice(0, 32)}`;
    const made = { name, text: `\ndefaults ${name}\n${content}` };
    this.#made.set(body, made);
    return made;
  }
}

/** Whether this is the name of such a section. */
export function isBodyName(name: string): boolean {
  return /^body_[0-9a-f]{32}$/.test(name);
}

/** A rendered backend. */
export interface RenderedBackend {
  readonly service: Service;
  readonly names: Pick<ServiceNames, "backend">;
  readonly backend: string;
  /** In two parts, where its body may be shared. */
  readonly split?: SplitBackend;
}

/** The piece of the configuration that a backend is. Its body stands in it, or before it in a section of its own. */
export function backendChunk({ service, names, backend, split }: RenderedBackend, bodies: Bodies): Chunk {
  const body = split && bodies.of(split.body);
  if (!body) return { text: backend, service, backend: true };
  const text = `\nbackend ${names.backend} from ${body.name}\n${split.own}`;
  return { text, service, backend: true, body: body.name };
}

/**
 * The pieces of all backends. Those with their own bodies come first, as they inherit from the last `defaults` before
 * them. Sections of bodies are in the order of their names.
 */
export function backendChunks(rendered: readonly RenderedBackend[], bodies: Bodies): Chunk[] {
  const chunks = rendered.map((one) => backendChunk(one, bodies));
  const shared = chunks.filter(({ body }) => body !== undefined);
  if (shared.length === 0) return chunks;
  return [
    ...chunks.filter(({ body }) => body === undefined),
    ...bodies.made.map(({ name, text }) => ({ text, body: name })),
    ...shared,
  ];
}

/**
 * The lines of the last `defaults` in `HEAD`. Undefined where it has a name, inherits from another one, has lines that
 * cannot be shared, or depends on a condition (`.if`).
 */
function inheritedFrom(head: string): string | undefined {
  let depth = 0;
  let section: string | undefined;
  let content: string | undefined = "";
  for (const line of head.split("\n")) {
    const begun = sectionOf(line);
    const word = line.trim();
    if (word.startsWith(".")) {
      if (/^\.if\b/.test(word)) depth++;
      if (/^\.endif\b/.test(word)) depth--;
      if (section === "defaults") content = undefined;
    } else if (begun) {
      section = begun.keyword;
      if (section === "defaults") content = depth === 0 && word === "defaults" ? "" : undefined;
    } else if (section === "defaults" && content !== undefined && word !== "" && !word.startsWith("#")) {
      content = isShareable(line) ? `${content}${line.trimEnd()}\n` : undefined;
    }
  }
  return content;
}
