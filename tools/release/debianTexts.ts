/** The texts of the Debian package that the project's own files lead to: pure. */
import { oldestSupported } from "../../lib/core/haproxy/versions.ts";

/** A section of CHANGELOG.md. */
interface Release {
  readonly version: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** Markdown below the heading. */
  readonly text: string;
}

const columns = 80;

/**
 * Debian's changelog of deb-changelog(5): one entry for each release of CHANGELOG.md, the newest first. Where that has no
 * section for the version yet, its Unreleased part is the entry.
 *
 * @param markdown CHANGELOG.md
 * @param options.time of the version, in seconds since 1970, where its section has no date
 * @param options.maintainer name and address
 * @throws {Error} when there is neither
 */
export function debianChangelog(
  markdown: string,
  { version, time, maintainer }: { version: string; time: number; maintainer: string },
): string {
  const releases = releasesOf(markdown, version, time);
  const first = releases.findIndex((release) => release.version === version);
  if (first < 0) throw new Error(`CHANGELOG.md has no section for ${version} and none that is Unreleased`);
  return releases.slice(first).map(({ version, time, text }) =>
    [
      `marathon-lb (${version}) stable; urgency=medium`,
      "",
      ...changes(text),
      "",
      ` -- ${maintainer}  ${mailDate(time)}`,
      "",
    ].join("\n")
  ).join("\n");
}

function releasesOf(markdown: string, version: string, time: number): Release[] {
  const sections = markdown.split(/^## /m).slice(1).map((section) => {
    const [heading = "", ...lines] = section.split("\n");
    return { heading: heading.trim(), text: lines.join("\n") };
  });
  const known = sections.some(({ heading }) => heading.split(" ")[0] === version);
  return sections.flatMap(({ heading, text }) => {
    const [, number, date] = /^(\d\S*) \((\d{4}-\d\d-\d\d)\)$/.exec(heading) ?? [];
    if (number !== undefined) return [{ version: number, time: Date.parse(date!) / 1000, text }];
    return heading === "Unreleased" && !known ? [{ version, time, text }] : [];
  });
}

/** Headings in brackets, paragraphs and items with a star, as Debian's tools expect them. */
function changes(markdown: string): string[] {
  const blocks = plain(markdown).split(/\n\s*\n|\n(?=- |#)/).map((block) =>
    block.trim().replaceAll(/\s+/g, " ")
  );
  return blocks.filter((block) => block !== "").flatMap((block) => {
    const heading = /^#+ (.*)$/.exec(block)?.[1];
    return heading === undefined ? wrap(block.replace(/^- /, ""), "  * ") : ["", `  [ ${heading} ]`];
  }).filter((line, index) => line !== "" || index > 0);
}

/** Links are their text; code is as it is. */
function plain(markdown: string): string {
  return markdown.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "").replaceAll("**", "");
}

function wrap(text: string, start: string): string[] {
  const lines: string[] = [];
  let line = start.trimEnd();
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > columns && line.trim() !== "*") {
      lines.push(line);
      line = " ".repeat(start.length - 1);
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** Such as `Wed, 26 Nov 2026 00:00:00 +0000`. */
function mailDate(seconds: number): string {
  return new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
}

/**
 * The package's control file, of deb-control(5).
 *
 * @param options.libraries Debian's packages that the executable links to
 * @param options.glibc the lowest version that suffices
 * @param options.kibibytes the sum of the installed files
 */
export function controlFile({ version, architecture, maintainer, libraries, glibc, kibibytes }: {
  version: string;
  architecture: string;
  maintainer: string;
  libraries: readonly string[];
  glibc: string | undefined;
  kibibytes: number;
}): string {
  const linked = libraries.map((name) => name === "libc6" && glibc ? `libc6 (>= ${glibc})` : name);
  return `Package: marathon-lb
Version: ${version}
Section: net
Priority: optional
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${kibibytes}
Depends: ${["adduser", `haproxy (>= ${oldestSupported})`, ...linked].join(", ")}
Recommends: ca-certificates
Description: load balancer for the apps of Mesos and Marathon
 marathon-lb reads Marathon's apps, generates the configuration of HAProxy,
 and supervises HAProxy. It replaces the Python Marathon-LB: labels, flags,
 endpoints and the generated configuration are the same.
 .
 The service starts when the administrator has named a Marathon in
 /etc/default/marathon-lb and has enabled it.
`;
}
