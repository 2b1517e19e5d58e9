/** The forms that vhost rules can take, by the flags that choose them. */
export const frontendForms: readonly (readonly [name: string, flags: readonly string[]])[] = [
  ["rules", []],
  ["maps", ["--haproxy-map"]],
  ["grouped HTTPS", ["--group-https-by-vhost"]],
  ["maps and grouped HTTPS", ["--haproxy-map", "--group-https-by-vhost"]],
];
