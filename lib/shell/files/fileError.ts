/** What an operator can do about the errors of file systems, by their code. */
const advice: Record<string, string> = {
  EACCES: "permission denied; run as a user who may do that, or choose another path",
  EBUSY: "the path is in use as a mount point; mount the directory around it instead",
  EDQUOT: "the disk quota is used up; free space or raise the quota",
  EEXIST: "there is a file of that name; move it away or choose another path",
  EFBIG: "the file would be larger than allowed here; raise the file size limit",
  EIO: "the disk reported an error; check the system's log",
  EISDIR: "it is a directory; choose another path",
  EMFILE: "too many open files; raise the file-descriptor limit",
  ENOENT: "no such file or directory; check the path, and create the directory if it is missing",
  ENOSPC: "no space left on the device; free some on that file system",
  ENOTDIR: "a part of the path is not a directory; check the path",
  EPERM: "not permitted; run as a user who may do that, or choose another path",
  EROFS: "the file system is read-only; mount it writable or choose another path",
};

/**
 * The error of a failed file operation as one line: what was tried (`action`, for example "write"), with which path,
 * what went wrong and what to do.
 */
export function fileError(action: string, path: string, cause: unknown): Error {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason = advice[code] ??
    (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ");
  return new Error(`Cannot ${action} ${path}: ${reason}`, { cause });
}
