/** Loads the library for certificates: when one is looked at, as most commands look at none. */
export async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  // Needed first by the library's dependency injection, and by nobody else.
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}
