/**
 * The values of `HTTP_BACKEND_REVPROXY_GLUE`. The rule puts the path of an answer's `Location` under `rootpath`, so
 * which group of its pattern holds that path depends on what stands before: the pattern of the hosts, if any, and
 * whether the root brings the slash between the two itself.
 */
export function revproxyValues(rootpath: string, withHosts: boolean) {
  // Groups with hosts: 1 all before the path, 2 the origin, 3 the host, 4 its port, 5 path without slash, 6 path.
  const withoutSlash = withHosts ? 5 : 2;
  return {
    rootpath,
    pathGroup: `\\${rootpath.endsWith("/") ? withoutSlash : withoutSlash + 1}`,
  };
}
