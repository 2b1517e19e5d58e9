const standard = "redispatch,http-server-close,dontlognull";

/**
 * The `option` lines of `defaults`, sorted, without repeats.
 *
 * @param list comma list of `$HAPROXY_GLOBAL_DEFAULT_OPTIONS`; the standard ones when it is not set
 */
export function defaultOptions(list: string | undefined): string[] {
  const options = (list ?? standard).split(",").map((option) => option.trim()).filter((option) =>
    option !== ""
  );
  return [...new Set(options)].sort();
}
