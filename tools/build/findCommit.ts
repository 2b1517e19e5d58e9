import { spawnSync } from "node:child_process";

/**
 * The commit that the files in this directory are of, in twelve digits; with `-dirty` where they are not all as they were
 * committed, `unknown` without git or outside of a repository.
 */
export function findCommit(directory: string): string {
  const git = (...words: string[]) => {
    const { status, stdout } = spawnSync("git", words, { cwd: directory, encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  // A directory inside somebody else's repository is not of its commit.
  if (git("rev-parse", "--show-prefix") !== "") return "unknown";
  const commit = git("rev-parse", "--short=12", "HEAD");
  const changes = git("status", "--porcelain");
  if (commit === undefined || changes === undefined) return "unknown";
  return changes === "" ? commit : `${commit}-dirty`;
}
