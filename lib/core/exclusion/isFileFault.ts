/** How HAProxy 2.4 to 3.2 complains of what it cannot load: certificates, keys, CA and CRL files, maps. */
const complaints = [
  /\bunable to (?:load|stat|open|read)\b/i,
  /\b(?:can't|cannot|couldn't|could not|failed to) (?:open|load|stat|read)\b/i,
  /\bno private key found\b/i,
  /\binconsistencies between private key and certificate\b/i,
];

/** Whether an alert of `haproxy -c` is about a file that the configuration names, and not about its text. */
export function isFileFault(message: string): boolean {
  return complaints.some((complaint) => complaint.test(message));
}
