/**
 * The environment variables that a configuration reads, each once: `"$NAME"`, `"${NAME}"` and `env(NAME)`. May find more
 * than HAProxy, in a quoted regular expression for example.
 */
export function environmentNames(text: string): string[] {
  const found = text.matchAll(/\$\{?([A-Za-z_]\w*)|\benv\(\s*"?([A-Za-z_]\w*)/g);
  return [...new Set([...found].map(([, variable, fetched]) => (variable ?? fetched)!))];
}
