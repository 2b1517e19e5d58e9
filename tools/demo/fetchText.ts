/** The body of an answer of 200 within 2 s, else undefined. */
export async function fetchText(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const text = await response.text();
    return response.status === 200 ? text : undefined;
  } catch {
    return undefined; // Nobody listens there, which is an answer too.
  }
}
